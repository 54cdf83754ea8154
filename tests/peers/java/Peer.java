import java.math.BigInteger;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.api.BackoffStrategy;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.GetRecordsResponse;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequestEntry;
import software.amazon.awssdk.services.kinesis.model.PutRecordsResponse;
import software.amazon.awssdk.services.kinesis.model.PutRecordsResultEntry;
import software.amazon.awssdk.services.kinesis.model.Record;
import software.amazon.awssdk.services.kinesis.model.ResourceNotFoundException;
import software.amazon.awssdk.services.kinesis.model.Shard;
import software.amazon.awssdk.services.kinesis.model.ShardIteratorType;
import software.amazon.awssdk.services.kinesis.waiters.KinesisWaiter;

/** The AWS SDK for Java against a Kinesis: Peer ENDPOINT STREAM. It ends with 0 when all of it came out right. */
public final class Peer {
  private static final int RECORDS = 200;

  private final KinesisClient client;
  private final KinesisWaiter waiter;
  private final String stream;

  private Peer(KinesisClient client, String stream) {
    this.client = client;
    this.stream = stream;
    // The waiter's own 10 seconds between two looks are meant for the service.
    BackoffStrategy pause = BackoffStrategy.fixedDelayWithoutJitter(Duration.ofMillis(50));
    waiter =
        KinesisWaiter.builder()
            .client(client)
            .overrideConfiguration(configuration -> configuration.backoffStrategyV2(pause).maxAttempts(200))
            .build();
  }

  public static void main(String[] args) {
    List<String> contentTypes = new ArrayList<>();
    ExecutionInterceptor listener =
        new ExecutionInterceptor() {
          @Override
          public void beforeTransmission(Context.BeforeTransmission context, ExecutionAttributes attributes) {
            contentTypes.add(context.httpRequest().firstMatchingHeader("Content-Type").orElse(""));
          }
        };
    try (KinesisClient client =
        KinesisClient.builder()
            .endpointOverride(URI.create(args[0]))
            .region(Region.US_EAST_1)
            .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test")))
            .httpClient(UrlConnectionHttpClient.create())
            .overrideConfiguration(configuration -> configuration.addExecutionInterceptor(listener))
            .build()) {
      new Peer(client, args[1]).run();
    }
    for (String type : contentTypes) {
      check(type.equals("application/x-amz-cbor-1.1"), "a request went out as " + type + ", not as CBOR");
    }
  }

  private void run() {
    client.createStream(request -> request.streamName(stream).shardCount(2));
    waiter.waitUntilStreamExists(request -> request.streamName(stream));
    Map<String, byte[]> sent = new HashMap<>();
    put(sent, 0);

    Shard first = shards().get(0);
    client.splitShard(
        request ->
            request
                .streamName(stream)
                .shardToSplit(first.shardId())
                .newStartingHashKey(middle(first)));
    waiter.waitUntilStreamExists(request -> request.streamName(stream));
    List<Shard> shards = shards();
    check(shards.size() == 4, "4 shards after the split of one of 2, not " + shards.size());
    long children = shards.stream().filter(shard -> first.shardId().equals(shard.parentShardId())).count();
    check(children == 2, "2 children of " + first.shardId() + ", not " + children);
    put(sent, RECORDS);

    Map<String, byte[]> received = new HashMap<>();
    for (Shard shard : shards) {
      read(shard, received);
    }
    check(received.keySet().equals(sent.keySet()), sent.size() + " records sent, " + received.size() + " received");
    sent.forEach((key, data) -> check(Arrays.equals(data, received.get(key)), "other bytes for " + key));

    try {
      client.describeStreamSummary(request -> request.streamName(stream + "-no-such"));
      check(false, "a stream that is not there was described");
    } catch (ResourceNotFoundException expected) {
      check(expected.awsErrorDetails().errorCode().equals("ResourceNotFoundException"), "the error has its code");
    }
    client.deleteStream(request -> request.streamName(stream));
    waiter.waitUntilStreamNotExists(request -> request.streamName(stream));
    System.out.println("java: " + received.size() + " records came back identical");
  }

  private void put(Map<String, byte[]> sent, int from) {
    List<PutRecordsRequestEntry> entries = new ArrayList<>();
    for (int i = from; i < from + RECORDS; ++i) {
      byte[] data = new byte[i];
      for (int j = 0; j < i; ++j) {
        data[j] = (byte) (i + 7 * j);
      }
      sent.put("key-" + i, data);
      entries.add(
          PutRecordsRequestEntry.builder().partitionKey("key-" + i).data(SdkBytes.fromByteArray(data)).build());
    }
    PutRecordsResponse answer = client.putRecords(request -> request.streamName(stream).records(entries));
    check(answer.failedRecordCount() == 0, answer.failedRecordCount() + " records failed");
    check(answer.records().size() == RECORDS, "an answer for each record");
    for (PutRecordsResultEntry entry : answer.records()) {
      check(entry.shardId().startsWith("shardId-"), "an odd shard id: " + entry.shardId());
    }
  }

  private static String middle(Shard shard) {
    BigInteger first = new BigInteger(shard.hashKeyRange().startingHashKey());
    BigInteger last = new BigInteger(shard.hashKeyRange().endingHashKey());
    return first.add(last).shiftRight(1).toString();
  }

  private List<Shard> shards() {
    return client.listShards(request -> request.streamName(stream)).shards();
  }

  private void read(Shard shard, Map<String, byte[]> received) {
    String iterator =
        client
            .getShardIterator(
                request ->
                    request
                        .streamName(stream)
                        .shardId(shard.shardId())
                        .shardIteratorType(ShardIteratorType.TRIM_HORIZON))
            .shardIterator();
    while (iterator != null) {
      String current = iterator;
      GetRecordsResponse answer = client.getRecords(request -> request.shardIterator(current));
      for (Record record : answer.records()) {
        check(received.put(record.partitionKey(), record.data().asByteArray()) == null, "a record came twice");
      }
      // A closed shard ends with no next iterator; an open one has been read when nothing is behind.
      boolean readUp = answer.records().isEmpty() && answer.millisBehindLatest() == 0;
      iterator = readUp ? null : answer.nextShardIterator();
    }
  }

  private static void check(boolean holds, String message) {
    if (!holds) {
      throw new AssertionError(message);
    }
  }
}
