/**
 * Prints Kafka's error codes with their names, one a line: codec/definitions/errors. With pom.xml's jars in JARS:
 *
 *   java -cp JARS/kafka-clients-4.4.0.jar:JARS/slf4j-api-1.7.36.jar testdata/kafka/Errors.java > codec/definitions/errors
 */
class Errors {
    public static void main(String[] args) {
        for (var error : org.apache.kafka.common.protocol.Errors.values())
            System.out.println(error.code() + " " + error.name());
    }
}
