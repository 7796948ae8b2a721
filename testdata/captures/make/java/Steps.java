import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;

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
