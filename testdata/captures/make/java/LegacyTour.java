import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.common.config.ConfigResource;

/** What 4.x clients no longer send: AlterConfigs, which replaces all of a resource's configs. Argument: the broker. */
public final class LegacyTour {
    @SuppressWarnings("deprecation")
    public static void main(String[] args) throws Exception {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", args[0]);
        properties.put("client.id", "legacy-tour");
        try (Admin admin = Admin.create(properties)) {
            Steps.succeeds("replace a topic's configs", () -> admin.alterConfigs(Map.of(new ConfigResource(ConfigResource.Type.TOPIC, "payments"),
                    new Config(List.of(new ConfigEntry("retention.ms", "7200000"))))).all().get());
            Steps.fails(org.apache.kafka.common.errors.InvalidConfigurationException.class, "replace them with a config that is not there", () -> admin.alterConfigs(Map.of(
                    new ConfigResource(ConfigResource.Type.TOPIC, "payments"), new Config(List.of(new ConfigEntry("no.such.config", "1"))))).all().get());
        }
    }
}
