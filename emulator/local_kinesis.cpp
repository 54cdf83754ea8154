#include <stdexcept>
#include <utility>

#include <openssl/ssl.h>

#include <aiokpl/emulator.hpp>

#include "emulator/api_error.hpp"
#include "emulator/certificate.hpp"
#include "emulator/clock.hpp"
#include "emulator/hash_ranges.hpp"
#include "emulator/server.hpp"
#include "emulator/service.hpp"

namespace aiokpl::emulator {
namespace {

void check_ciphersuites(const std::string& suites) {
  const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context{SSL_CTX_new(TLS_server_method()), SSL_CTX_free};
  if (context == nullptr || SSL_CTX_set_ciphersuites(context.get(), suites.c_str()) != 1) {
    throw std::invalid_argument{"tls_ciphersuites: '" + suites + "' names a suite that TLS 1.3 does not have"};
  }
}

void check(const Options& options) {
  if (options.access_key_id.has_value() != options.secret_access_key.has_value()) {
    throw std::invalid_argument{"access_key_id and secret_access_key come together or not at all"};
  }
  if (options.keys && options.access_key_id) {
    throw std::invalid_argument{"keys takes the place of access_key_id and secret_access_key"};
  }
  if (options.threads < 1 || options.threads > 64) throw std::invalid_argument{"threads must be 1 to 64"};
  if (options.retention <= std::chrono::seconds::zero()) throw std::invalid_argument{"retention must be positive"};
  if (options.transition < std::chrono::milliseconds::zero()) {
    throw std::invalid_argument{"transition must not be negative"};
  }
  if (!options.tls_ciphersuites.empty()) check_ciphersuites(options.tls_ciphersuites);
}

void check(const StreamSpec& spec) {
  Violations violations;
  violations.stream_name(spec.name, "streamName");
  violations.range(spec.shards, "shardCount", 1, 10'000);
  violations.range(spec.max_record_size_kib, "maxRecordSizeInKiB", 1024, 10240);
  violations.check();
}

ShardInfo to_info(const ShardFacts& facts) {
  ShardInfo info{.id = shard_id(facts.number),
                 .range = facts.range,
                 .starting_sequence_number = facts.starting_sequence_number().text()};
  if (facts.parent) info.parent = shard_id(*facts.parent);
  if (facts.adjacent_parent) info.adjacent_parent = shard_id(*facts.adjacent_parent);
  if (!facts.open()) info.ending_sequence_number = facts.ending_sequence_number().text();
  return info;
}

StoredRecord to_record(const ShardFacts& shard, const LogEntry& entry) {
  StoredRecord record;
  record.sequence_number =
      SequenceNumber{shard.epoch, entry.counter, epoch_milliseconds(entry.arrival), shard.number}.text();
  record.partition_key = entry.partition_key;
  if (!entry.explicit_hash_key.empty()) record.explicit_hash_key = entry.explicit_hash_key;
  const auto bytes = std::as_bytes(std::span{entry.data});
  record.data.assign(bytes.begin(), bytes.end());
  record.arrival = entry.arrival;
  return record;
}

}  // namespace

class LocalKinesis::Implementation {
 public:
  explicit Implementation(Options given) : options{std::move(given)}, service{options} {
    if (options.tls) certificate = make_certificate();
    for (const StreamSpec& spec : options.streams)
      create(spec);
    // Streams exist now: a stale listing is one of them.
    if (options.faults.stale_list_shards) {
      service.with_store([](Store& store) { store.freeze(true); });
    }
  }

  void create(const StreamSpec& spec) {
    check(spec);
    service.with_store([&](Store& store) { store.create(spec, clock.now()); });
  }

  template <typename Work>
  decltype(auto) with_stream(std::string_view name, Work&& work) {
    return service.with_store([&](Store& store) -> decltype(auto) {
      const Time now = clock.now();
      return work(store.stream(name, now), now);
    });
  }

  template <typename Get>
  auto with_server(Get&& get) -> decltype(get(std::declval<Server&>())) {
    const std::scoped_lock lock{mutex};
    return server == nullptr ? decltype(get(*server)){} : get(*server);
  }

  [[nodiscard]] std::string url(std::string_view scheme, std::uint16_t port) const {
    std::string host = options.address;
    if (host == "0.0.0.0") host = "127.0.0.1";
    if (host == "::") host = "::1";
    if (host.find(':') != std::string::npos) host = '[' + host + ']';
    return std::string{scheme} + "://" + host + ':' + std::to_string(port);
  }

  Options options;
  Clock clock;
  Service service;
  std::optional<Certificate> certificate;
  std::mutex mutex;
  bool stalled = false;
  std::unique_ptr<Server> server;
};

LocalKinesis::LocalKinesis(Options options) {
  check(options);
  implementation_ = std::make_unique<Implementation>(std::move(options));
}

LocalKinesis::~LocalKinesis() {
  stop();
}

void LocalKinesis::start() {
  Implementation& self = *implementation_;
  const std::scoped_lock lock{self.mutex};
  if (self.server != nullptr) return;
  self.server = std::make_unique<Server>(self.service, self.clock,
                                         ServerOptions{.address = self.options.address,
                                                       .port = self.options.port,
                                                       .tls_port = self.options.tls_port,
                                                       .threads = self.options.threads,
                                                       .tls_ciphersuites = self.options.tls_ciphersuites,
                                                       .certificate = self.certificate ? &*self.certificate : nullptr});
  self.server->set_stalled(self.stalled);
}

void LocalKinesis::stop() {
  const std::scoped_lock lock{implementation_->mutex};
  implementation_->server.reset();
}

std::uint16_t LocalKinesis::port() const {
  return implementation_->with_server([](Server& server) { return server.port(); });
}

std::uint16_t LocalKinesis::tls_port() const {
  return implementation_->with_server([](Server& server) { return server.tls_port(); });
}

std::string LocalKinesis::endpoint_url() const {
  return implementation_->url("http", port());
}

std::string LocalKinesis::tls_endpoint_url() const {
  return implementation_->options.tls ? implementation_->url("https", tls_port()) : std::string{};
}

std::string LocalKinesis::certificate_pem() const {
  return implementation_->certificate ? implementation_->certificate->authority : std::string{};
}

void LocalKinesis::set_faults(const Faults& faults) {
  implementation_->service.set_faults(faults);
}

Faults LocalKinesis::faults() const {
  return implementation_->service.faults();
}

void LocalKinesis::fail_next(std::string_view operation, const ScriptedFault& fault, std::uint32_t times) {
  implementation_->service.script(operation, fault, times);
}

void LocalKinesis::set_stalled(bool stalled) {
  const std::scoped_lock lock{implementation_->mutex};
  implementation_->stalled = stalled;
  if (implementation_->server != nullptr) implementation_->server->set_stalled(stalled);
}

void LocalKinesis::create_stream(const StreamSpec& spec) {
  implementation_->create(spec);
}

void LocalKinesis::delete_stream(std::string_view stream) {
  implementation_->service.with_store([&](Store& store) { store.remove(stream, implementation_->clock.now()); });
}

void LocalKinesis::split_shard(std::string_view stream, std::string_view shard_id, HashKey new_starting_hash_key) {
  implementation_->with_stream(stream,
                               [&](Stream& found, Time now) { found.split(shard_id, new_starting_hash_key, now); });
}

void LocalKinesis::split_shard(std::string_view stream, std::string_view shard_id) {
  implementation_->with_stream(stream, [&](Stream& found, Time now) {
    found.split(shard_id, middle(found.shard(shard_id, now).facts().range), now);
  });
}

void LocalKinesis::merge_shards(std::string_view stream, std::string_view shard_id,
                                std::string_view adjacent_shard_id) {
  implementation_->with_stream(stream, [&](Stream& found, Time now) { found.merge(shard_id, adjacent_shard_id, now); });
}

void LocalKinesis::set_distribution(std::string_view stream, bool automatic) {
  implementation_->with_stream(stream, [&](Stream& found, Time) {
    if (automatic) found.set_on_demand();
    found.set_distribution(automatic);
  });
}

std::vector<std::string> LocalKinesis::streams() const {
  return implementation_->service.with_store([&](Store& store) {
    std::vector<std::string> names;
    for (const auto& [name, stream] : store.streams(implementation_->clock.now()))
      names.push_back(name);
    return names;
  });
}

std::vector<ShardInfo> LocalKinesis::shards(std::string_view stream) const {
  return implementation_->with_stream(stream, [](Stream& found, Time now) {
    std::vector<ShardInfo> infos;
    for (const Shard* shard : found.shards(now))
      infos.push_back(to_info(shard->facts()));
    return infos;
  });
}

std::vector<StoredRecord> LocalKinesis::records(std::string_view stream, std::string_view shard_id) const {
  return implementation_->with_stream(stream, [&](Stream& found, Time now) {
    found.expire(now);
    const Shard& shard = found.shard(shard_id, now);
    std::vector<StoredRecord> records;
    records.reserve(shard.log().size());
    for (const LogEntry& entry : shard.log())
      records.push_back(to_record(shard.facts(), entry));
    return records;
  });
}

Counters LocalKinesis::counters() const {
  return implementation_->service.counters();
}

}  // namespace aiokpl::emulator
