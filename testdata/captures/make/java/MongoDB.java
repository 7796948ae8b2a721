import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;

/** A server of MongoDB's protocol at port 27017, until it is ended. */
public final class MongoDB {
    public static void main(String[] args) throws Exception {
        new MongoServer(new MemoryBackend()).bind("127.0.0.1", 27017);
        Thread.sleep(Long.MAX_VALUE);
    }
}
