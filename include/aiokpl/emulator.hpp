#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <aiokpl/hash_key.hpp>

/// A Kinesis on this machine: for tests, for development without an account, and for benchmarks.
namespace aiokpl::emulator {

/// A stream as it is created.
struct StreamSpec {
  /// 1 to 128 of `[a-zA-Z0-9_.-]`.
  std::string name;
  std::uint32_t shards = 1;
  /// ON_DEMAND instead of PROVISIONED.
  bool on_demand = false;
  /// The AUTO distribution strategy: keys are ignored and records spread evenly. Implies `on_demand`.
  bool automatic_distribution = false;
  /// Data and partition key of one Kinesis record, 1024 to 10240.
  std::uint32_t max_record_size_kib = 1024;
};

/// What goes wrong on purpose. Rates are 0 to 1. The same seed and the same order of requests give the same faults.
/// A request is put to them in the order of the fields.
struct Faults {
  /// Every answer waits `latency`, plus up to `latency_jitter`; each is at most an hour.
  std::chrono::nanoseconds latency{};
  std::chrono::nanoseconds latency_jitter{};
  /// The connection closes before the request is processed.
  double drop_rate = 0;
  /// A whole request answers 500 InternalFailure.
  double request_error_rate = 0;
  /// A whole request answers 400 LimitExceededException (ProvisionedThroughputExceededException where it puts or gets
  /// records).
  double request_throttle_rate = 0;
  /// A Kinesis record answers ProvisionedThroughputExceededException.
  double throttle_rate = 0;
  /// A Kinesis record answers InternalFailure.
  double internal_error_rate = 0;
  /// Processed and stored, but the connection closes instead of answering.
  double drop_after_rate = 0;
  /// Processed and stored, but the answer ends in the middle and the connection closes.
  double truncate_rate = 0;
  /// Processed and stored, but the answer's body is noise.
  double garbage_rate = 0;
  /// Processed and stored, but PutRecords answers for one record less than it was sent.
  double wrong_count_rate = 0;
  /// ListShards goes on telling each stream's shards as they were when this was switched on.
  bool stale_list_shards = false;
  /// These operations ("ListShards") answer AccessDeniedException.
  std::vector<std::string> refused_operations = {};
};

/// A key with which requests may be signed.
struct AcceptedKey {
  std::string secret_access_key;
  /// Has to come with each request. Absent: whatever comes is taken.
  std::optional<std::string> session_token = std::nullopt;
  /// From then on the service answers ExpiredTokenException. Absent: never.
  std::optional<std::chrono::system_clock::time_point> expires = std::nullopt;
};
/// The key with this id; nothing for one that nobody knows. Asked for each request, by several threads at a time where
/// there are several; it must not throw.
using KeyLookup = std::function<std::optional<AcceptedKey>(std::string_view access_key_id)>;

struct Options {
  /// The address to listen on.
  std::string address = "127.0.0.1";
  /// 0: any free port, see `LocalKinesis::port()`.
  std::uint16_t port = 0;
  /// Listen for HTTPS too, with a certificate made at the start for localhost, 127.0.0.1 and ::1.
  bool tls = false;
  /// 0: any free port.
  std::uint16_t tls_port = 0;
  /// The only TLS 1.3 cipher suites to offer, by OpenSSL's names with colons between ("TLS_AES_128_GCM_SHA256"); older
  /// versions of TLS, which have suites of their own, are off then. Empty: whatever OpenSSL offers by itself.
  std::string tls_ciphersuites = {};
  /// What stands in ARNs and is taken for the region.
  std::string region = "us-east-1";
  /// Created at the start.
  std::vector<StreamSpec> streams = {};
  /// Records are checked, routed and answered, but not kept: for benchmarks.
  bool discard = false;
  /// The service's write limits: 1,000 records and 1 MiB a second and shard.
  bool enforce_limits = false;
  /// Data and keys kept in each stream; beyond, its oldest records go. 1 GiB.
  std::uint64_t retention_bytes = std::uint64_t{1} << 30;
  /// Records older than this are gone. 24 hours, as in the service.
  std::chrono::seconds retention = std::chrono::hours{24};
  /// How long a stream stays CREATING, UPDATING or DELETING. 0: it is ACTIVE (or gone) at once.
  std::chrono::milliseconds transition{0};
  /// Seeds the faults and the spreading of AUTO streams.
  std::uint64_t seed = 1;
  /// Both given: requests must be signed with them. Neither: signatures are not looked at.
  std::optional<std::string> access_key_id = std::nullopt;
  std::optional<std::string> secret_access_key = std::nullopt;
  /// In place of these: knows the keys, and may know others later, as a service does that hands out temporary ones.
  KeyLookup keys = nullptr;
  /// With keys: how far the service's clock is ahead of the machine's. Requests that are dated more than five minutes
  /// off by it are refused.
  std::chrono::seconds clock_skew{0};
  Faults faults = {};
  /// Threads that serve connections.
  unsigned threads = 1;
};

/// A shard as DescribeStream tells it.
struct ShardInfo {
  std::string id;
  HashKeyRange range;
  std::optional<std::string> parent = std::nullopt;
  std::optional<std::string> adjacent_parent = std::nullopt;
  std::string starting_sequence_number;
  /// Given when the shard is closed.
  std::optional<std::string> ending_sequence_number = std::nullopt;

  [[nodiscard]] bool open() const noexcept { return !ending_sequence_number.has_value(); }
};

/// A Kinesis record as it is kept.
struct StoredRecord {
  std::string sequence_number;
  /// Empty where an AUTO stream's record came without one.
  std::string partition_key;
  std::optional<std::string> explicit_hash_key = std::nullopt;
  std::vector<std::byte> data;
  std::chrono::system_clock::time_point arrival;
};

/// What has happened since the start. `requests` counts by operation, faults included.
struct Counters {
  std::map<std::string, std::uint64_t> requests = {};
  std::uint64_t connections = 0;
  std::uint64_t records_stored = 0;
  std::uint64_t records_throttled = 0;
  std::uint64_t records_failed = 0;
  /// Data and partition keys of the records stored.
  std::uint64_t bytes_stored = 0;
  /// Bodies of all requests.
  std::uint64_t bytes_received = 0;
  std::uint64_t connections_dropped = 0;
  std::uint64_t answers_spoilt = 0;
  std::uint64_t requests_refused = 0;
};

/// What `fail_next` makes of a request.
struct ScriptedFault {
  enum class Kind {
    error,             ///< Answers with `status`, `code` and `message`; nothing is stored.
    drop,              ///< Closes the connection; nothing is stored.
    drop_after,        ///< Stores, then closes the connection.
    truncate,          ///< Stores, then answers half.
    garbage,           ///< Stores, then answers noise.
    wrong_count,       ///< Stores, then answers for one record less.
    throttle_records,  ///< Every record of a PutRecords answers ProvisionedThroughputExceededException.
    fail_records,      ///< Every record of a PutRecords answers InternalFailure.
  };
  Kind kind = Kind::error;
  int status = 500;
  std::string code = "InternalFailure";
  std::string message = "Internal service failure.";
};

/// The local Kinesis: an HTTP server and the streams behind it. Every function may be called from any thread.
class LocalKinesis {
 public:
  /// Nothing listens yet. Throws std::invalid_argument for options that make no sense.
  explicit LocalKinesis(Options options = {});
  /// Stops.
  ~LocalKinesis();
  LocalKinesis(const LocalKinesis&) = delete;
  LocalKinesis& operator=(const LocalKinesis&) = delete;

  /// Listens and serves. Throws std::system_error when an address or port is not to be had.
  void start();
  /// Closes every connection and joins the threads; streams stay, and `start()` may be called again.
  void stop();

  /// The ports in use; 0 while stopped, and for TLS when it is off.
  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] std::uint16_t tls_port() const;
  /// "http://127.0.0.1:4567"
  [[nodiscard]] std::string endpoint_url() const;
  /// "https://127.0.0.1:4568"; empty when TLS is off.
  [[nodiscard]] std::string tls_endpoint_url() const;
  /// What clients have to trust (`--ca-bundle`), in PEM; empty when TLS is off.
  [[nodiscard]] std::string certificate_pem() const;

  /// Also at `PUT /_aiokpl/faults` and `GET /_aiokpl/faults`, as JSON with the same field names (times in
  /// milliseconds: `latency_ms`, `latency_jitter_ms`). A PUT changes only the fields that it names.
  void set_faults(const Faults& faults);
  [[nodiscard]] Faults faults() const;
  /// The next `times` requests for `operation` ("PutRecords"; empty: any) meet this fault before any other.
  void fail_next(std::string_view operation, const ScriptedFault& fault, std::uint32_t times = 1);
  /// While stalled, connections are taken and requests read, but nothing is answered. What waited is answered
  /// afterwards.
  void set_stalled(bool stalled);

  /// These throw std::runtime_error with the service's code and message where the service would refuse.
  void create_stream(const StreamSpec& spec);
  void delete_stream(std::string_view stream);
  void split_shard(std::string_view stream, std::string_view shard_id, HashKey new_starting_hash_key);
  /// Splits in the middle.
  void split_shard(std::string_view stream, std::string_view shard_id);
  void merge_shards(std::string_view stream, std::string_view shard_id, std::string_view adjacent_shard_id);
  /// AUTO or USER_PARTITION_KEY, at once. The stream becomes ON_DEMAND when it was not.
  void set_distribution(std::string_view stream, bool automatic);

  [[nodiscard]] std::vector<std::string> streams() const;
  /// Every shard that is still known, closed ones too, by id.
  [[nodiscard]] std::vector<ShardInfo> shards(std::string_view stream) const;
  /// What a shard holds, oldest first.
  [[nodiscard]] std::vector<StoredRecord> records(std::string_view stream, std::string_view shard_id) const;
  [[nodiscard]] Counters counters() const;

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace aiokpl::emulator
