import com.google.common.util.concurrent.FutureCallback;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.MoreExecutors;
import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToLongFunction;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.kinesis.producer.KinesisProducer;
import software.amazon.kinesis.producer.KinesisProducerConfiguration;
import software.amazon.kinesis.producer.UserRecordResult;

/**
 * The KPL, measured as our producer is: KplPeer URL STREAM RECORDS_FILE TEMP_FOLDER WARM_UP SECONDS. It speaks on stdin and
 * stdout as bench_producer does, and tells its daemon's cost apart from the JVM's.
 */
public final class KplPeer {
  private static final int KEY_SIZE = 16;
  // What the KPL's own guide advises not to go beyond by much.
  private static final int OUTSTANDING = 20_000;
  // The unit of utime and stime in /proc, on every Linux that Java runs on.
  private static final double TICKS_PER_SECOND = 100;

  private record UserRecord(String key, byte[] data) {}

  private final KinesisProducer producer;
  private final String stream;
  private final List<UserRecord> records;
  private final Semaphore places = new Semaphore(OUTSTANDING);
  private final AtomicLong failures = new AtomicLong();
  private int next = 0;

  private final FutureCallback<UserRecordResult> resolved =
      new FutureCallback<>() {
        @Override
        public void onSuccess(UserRecordResult result) {
          if (!result.isSuccessful()) {
            failures.incrementAndGet();
          }
          places.release();
        }

        @Override
        public void onFailure(Throwable reason) {
          failures.incrementAndGet();
          places.release();
        }
      };

  private KplPeer(KinesisProducer producer, String stream, List<UserRecord> records) {
    this.producer = producer;
    this.stream = stream;
    this.records = records;
  }

  private static List<UserRecord> readRecords(Path file) throws IOException {
    ByteBuffer content = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    List<UserRecord> made = new ArrayList<>();
    while (content.hasRemaining()) {
      byte[] data = new byte[content.getInt()];
      byte[] key = new byte[KEY_SIZE];
      content.get(key).get(data);
      made.add(new UserRecord(new String(key, StandardCharsets.US_ASCII), data));
    }
    return made;
  }

  private static KinesisProducer connect(URI endpoint, String temporary) {
    return new KinesisProducer(
        new KinesisProducerConfiguration()
            .setRegion("us-east-1")
            .setKinesisEndpoint(endpoint.getHost())
            .setKinesisPort(endpoint.getPort())
            // Nobody is there for it either, but it is on this machine.
            .setStsEndpoint(endpoint.getHost())
            .setStsPort(endpoint.getPort())
            .setVerifyCertificate(false)
            .setCredentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("bench", "bench")))
            .setMetricsLevel("none")
            .setLogLevel("error")
            .setTempDirectory(temporary)
            .setRateLimit(1_000_000_000L));
  }

  private static double jvmSeconds() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime() * 1e-9;
  }

  private static long ofDaemons(ToLongFunction<Path> ask) {
    return ProcessHandle.current().descendants().mapToLong(child -> ask.applyAsLong(Path.of("/proc", "" + child.pid()))).sum();
  }

  private static long ticks(Path process) {
    try {
      String stat = Files.readString(process.resolve("stat"));
      // After the name in parentheses; utime and stime are fields 14 and 15.
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
      return Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
    } catch (IOException gone) {
      return 0;
    }
  }

  private static long peakRss(Path process) {
    try {
      return Files.readAllLines(process.resolve("status")).stream()
          .filter(line -> line.startsWith("VmHWM:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024)
          .sum();
    } catch (IOException gone) {
      return 0;
    }
  }

  private static double daemonSeconds() {
    return ofDaemons(KplPeer::ticks) / TICKS_PER_SECOND;
  }

  /** Puts for so long, and waits until all has its outcome. */
  private long run(double seconds) throws InterruptedException {
    long end = System.nanoTime() + (long) (seconds * 1e9);
    long put = 0;
    while (put % 100 != 0 || System.nanoTime() < end) {
      places.acquire();
      UserRecord record = records.get(next);
      next = (next + 1) % records.size();
      Futures.addCallback(
          producer.addUserRecord(stream, record.key(), ByteBuffer.wrap(record.data())),
          resolved,
          MoreExecutors.directExecutor());
      ++put;
    }
    producer.flush();
    places.acquire(OUTSTANDING);
    places.release(OUTSTANDING);
    return put;
  }

  public static void main(String[] arguments) throws Exception {
    List<UserRecord> records = readRecords(Path.of(arguments[2]));
    KinesisProducer producer = connect(URI.create(arguments[0]), arguments[3]);
    try {
      KplPeer peer = new KplPeer(producer, arguments[1], records);
      peer.run(Double.parseDouble(arguments[4]));
      System.out.println("{\"event\": \"ready\"}");
      new BufferedReader(new InputStreamReader(System.in)).readLine();
      double jvm = jvmSeconds();
      double daemon = daemonSeconds();
      long start = System.nanoTime();
      long put = peer.run(Double.parseDouble(arguments[5]));
      double seconds = (System.nanoTime() - start) * 1e-9;
      System.out.printf(
          "{\"event\": \"done\", \"records\": %d, \"seconds\": %.6f, \"cpu\": %.6f, \"cpu_daemon\": %.6f, "
              + "\"peak_rss\": %d, \"peak_rss_daemon\": %d, \"failures\": %d}%n",
          put,
          seconds,
          jvmSeconds() - jvm,
          daemonSeconds() - daemon,
          peakRss(Path.of("/proc/self")),
          ofDaemons(KplPeer::peakRss),
          peer.failures.get());
    } finally {
      producer.destroy();
    }
    System.exit(0);
  }
}
