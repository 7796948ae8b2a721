/**
 * Prints Kafka's error codes and their names, one a line: codec/definitions/errors.
 *
 *   java -cp "JARS/*" testdata/kafka/Errors.java > codec/definitions/errors
 */
class Errors {
    public static void main(String[] args) {
        for (org.apache.kafka.common.protocol.Errors error : org.apache.kafka.common.protocol.Errors.values())
            System.out.println(error.code() + " " + error.name());
    }
}
