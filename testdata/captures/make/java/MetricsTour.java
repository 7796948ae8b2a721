import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.common.config.ConfigResource;

/** Has the broker ask all clients for their metrics, every second. Argument: the broker. */
public final class MetricsTour {
    public static void main(String[] args) throws Exception {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", args[0]);
        properties.put("client.id", "metrics-tour");
        try (Admin admin = Admin.create(properties)) {
            Steps.succeeds("ask for metrics", () -> admin.incrementalAlterConfigs(Map.of(new ConfigResource(ConfigResource.Type.CLIENT_METRICS, "all-clients"), List.of(
                    new AlterConfigOp(new ConfigEntry("metrics", "org.apache.kafka.producer.connection.,org.apache.kafka.consumer.coordinator."), AlterConfigOp.OpType.SET),
                    new AlterConfigOp(new ConfigEntry("interval.ms", "1000"), AlterConfigOp.OpType.SET)))).all().get());
        }
    }
}
