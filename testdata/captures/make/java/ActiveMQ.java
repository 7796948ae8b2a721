import jakarta.jms.Connection;
import jakarta.jms.ConnectionFactory;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.MessageProducer;
import jakarta.jms.Queue;
import jakarta.jms.Session;
import org.apache.activemq.ActiveMQConnectionFactory;
import org.apache.activemq.broker.BrokerService;
import org.apache.qpid.jms.JmsConnectionFactory;

/** An ActiveMQ broker and a client each that speaks OpenWire (port 61616) and AMQP 1.0 (port 5673) to it. */
public final class ActiveMQ {
    public static void main(String[] args) throws Exception {
        BrokerService broker = new BrokerService();
        broker.setPersistent(false);
        broker.setUseJmx(false);
        broker.addConnector("tcp://127.0.0.1:61616");
        broker.addConnector("amqp://127.0.0.1:5673");
        broker.start();
        exercise(new ActiveMQConnectionFactory("tcp://127.0.0.1:61616"));
        exercise(new JmsConnectionFactory("amqp://127.0.0.1:5673"));
        broker.stop();
    }

    private static void exercise(ConnectionFactory factory) throws Exception {
        try (Connection connection = factory.createConnection(); Session session = connection.createSession(false, Session.AUTO_ACKNOWLEDGE)) {
            connection.start();
            Queue queue = session.createQueue("orders");
            MessageProducer producer = session.createProducer(queue);
            for (int i = 0; i < 50; i++) {
                Message message = session.createTextMessage("order " + i);
                message.setIntProperty("number", i);
                producer.send(message);
            }
            MessageConsumer consumer = session.createConsumer(queue);
            for (int i = 0; i < 50; i++) {
                if (consumer.receive(5000) == null) throw new IllegalStateException("message " + i + " did not come");
            }
        }
    }
}
