import io.netty.channel.ChannelHandlerContext;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.rocketmq.remoting.netty.NettyClientConfig;
import org.apache.rocketmq.remoting.netty.NettyRemotingClient;
import org.apache.rocketmq.remoting.netty.NettyRemotingServer;
import org.apache.rocketmq.remoting.netty.NettyRequestProcessor;
import org.apache.rocketmq.remoting.netty.NettyServerConfig;
import org.apache.rocketmq.remoting.protocol.RemotingCommand;
import org.apache.rocketmq.remoting.protocol.SerializeType;

/** A server and a client of RocketMQ's protocol, in both forms of its header, at port 10911. */
public final class RocketMQ {
    private static final class Echo implements NettyRequestProcessor {
        @Override
        public RemotingCommand processRequest(ChannelHandlerContext context, RemotingCommand request) {
            RemotingCommand response = RemotingCommand.createResponseCommand(0, "taken");
            response.setBody(request.getBody());
            return response;
        }

        @Override
        public boolean rejectRequest() {
            return false;
        }
    }

    public static void main(String[] args) throws Exception {
        ExecutorService executor = Executors.newFixedThreadPool(1);
        NettyServerConfig config = new NettyServerConfig();
        config.setBindAddress("127.0.0.1");
        config.setListenPort(10911);
        NettyRemotingServer server = new NettyRemotingServer(config);
        server.registerDefaultProcessor(new Echo(), executor);
        server.start();
        NettyRemotingClient client = new NettyRemotingClient(new NettyClientConfig());
        client.start();
        for (int i = 0; i < 50; i++) {
            RemotingCommand request = RemotingCommand.createRequestCommand(i % 2 == 0 ? 10 : 11, null);
            request.setSerializeTypeCurrentRPC(i % 2 == 0 ? SerializeType.JSON : SerializeType.ROCKETMQ);
            request.addExtField("topic", "orders");
            request.setBody(("order " + i).getBytes());
            if (client.invokeSync("127.0.0.1:10911", request, 5000).getCode() != 0) throw new IllegalStateException("request " + i + " was refused");
        }
        client.shutdown();
        server.shutdown();
        executor.shutdown();
        System.exit(0); // its timers would go on
    }
}
