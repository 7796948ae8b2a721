import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.common.errors.RetriableException;

/** The steps of a client program: each must succeed, or fail as it is said to. */
final class Steps {
    private Steps() {}

    static <T> T succeeds(String step, Callable<T> call) throws Exception {
        System.out.println(step);
        try {
            return call.call();
        } catch (Exception e) {
            throw new Exception("step \"" + step + "\" failed", e);
        }
    }

    /** Asks again and again whether something has come about, for two minutes at most. An answer that may be another the next time is none. */
    static void awaits(String what, Callable<Boolean> done) throws Exception {
        succeeds(what, () -> {
            for (long end = System.nanoTime() + 120_000_000_000L;; Thread.sleep(300)) {
                try {
                    if (done.call()) return null;
                } catch (ExecutionException e) {
                    if (!(e.getCause() instanceof RetriableException)) throw e;
                }
                if (System.nanoTime() > end) throw new IllegalStateException("gave up waiting");
            }
        });
    }

    static void fails(Class<? extends Throwable> expected, String step, Callable<?> call) throws Exception {
        System.out.println(step + ", which fails");
        Object result;
        try {
            result = call.call();
        } catch (Exception e) {
            Throwable cause = e instanceof ExecutionException ? e.getCause() : e;
            if (expected.isInstance(cause)) {
                System.out.println("    " + cause);
                return;
            }
            throw new Exception("step \"" + step + "\" failed in another way than with " + expected.getSimpleName(), e);
        }
        throw new Exception("step \"" + step + "\" succeeded: " + result);
    }
}
