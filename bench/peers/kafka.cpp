// librdkafka, measured as our producer is: its mock cluster in one process, and a producer in another.
//
// Usage: bench_kafka cluster PARTITIONS
//        bench_kafka producer BOOTSTRAP SECONDS [OUTSTANDING]
// The cluster says {"bootstrap": ADDRESSES} and ends with its input. The producer has the records of the base row,
// waits for every delivery report, and speaks on stdin and stdout as bench_producer does. Nothing is encrypted or
// signed.
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "producer/process.hpp"
#include "producer/records.hpp"

namespace {

using aiokpl::bench::CpuTime;
using aiokpl::bench::RecordPool;
using Kafka = std::unique_ptr<rd_kafka_t, void (*)(rd_kafka_t*)>;

constexpr const char* topic_name = "records";
constexpr int poll_milliseconds = 1'000;

struct Deliveries {
  std::uint64_t done = 0;
  std::uint64_t failed = 0;
};

void count_delivery(rd_kafka_t* /*kafka*/, const rd_kafka_message_t* message, void* opaque) {
  auto& deliveries = *static_cast<Deliveries*>(opaque);
  ++deliveries.done;
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) ++deliveries.failed;
}

void set(rd_kafka_conf_t* conf, const char* name, const std::string& value) {
  std::string reason(512, '\0');
  if (rd_kafka_conf_set(conf, name, value.c_str(), reason.data(), reason.size()) != RD_KAFKA_CONF_OK) {
    throw std::runtime_error{reason.c_str()};
  }
}

Kafka make_kafka(rd_kafka_conf_t* conf) {
  std::string reason(512, '\0');
  Kafka kafka{rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason.data(), reason.size()), rd_kafka_destroy};
  if (kafka == nullptr) throw std::runtime_error{reason.c_str()};
  return kafka;
}

void run_cluster(int partitions) {
  rd_kafka_conf_t* const conf = rd_kafka_conf_new();
  set(conf, "log_level", "3");  // it warns that it knows no cluster but its own
  const Kafka kafka = make_kafka(conf);
  const std::unique_ptr<rd_kafka_mock_cluster_t, void (*)(rd_kafka_mock_cluster_t*)> cluster{
      rd_kafka_mock_cluster_new(kafka.get(), 1), rd_kafka_mock_cluster_destroy};
  if (cluster == nullptr) throw std::runtime_error{"no mock cluster"};
  if (rd_kafka_mock_topic_create(cluster.get(), topic_name, partitions, 1) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    throw std::runtime_error{"no topic"};
  }
  std::cout << R"({"bootstrap": ")" << rd_kafka_mock_cluster_bootstraps(cluster.get()) << "\"}" << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
  }
}

class Producer {
 public:
  Producer(const std::string& bootstrap, std::size_t outstanding)
      : pool_{topic_name, outstanding, 200, true}, kafka_{nullptr, rd_kafka_destroy} {
    rd_kafka_conf_t* const conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", bootstrap);
    // As long as our records wait for others.
    set(conf, "linger.ms", "100");
    set(conf, "queue.buffering.max.messages", std::to_string(outstanding));
    rd_kafka_conf_set_dr_msg_cb(conf, count_delivery);
    rd_kafka_conf_set_opaque(conf, &deliveries_);
    kafka_ = make_kafka(conf);
    topic_ = {rd_kafka_topic_new(kafka_.get(), topic_name, nullptr), rd_kafka_topic_destroy};
  }

  /// Puts for so much CPU time, and waits until all is delivered.
  void run(double cpu_seconds) {
    const double limit = aiokpl::bench::process_cpu_seconds() + cpu_seconds;
    while (aiokpl::bench::process_cpu_seconds() < limit) {
      for (int i = 0; i < 1'000; ++i)
        put(pool_.record(records_ % pool_.size()));
      rd_kafka_poll(kafka_.get(), 0);
    }
    while (deliveries_.done < records_)
      rd_kafka_poll(kafka_.get(), poll_milliseconds);
  }

  [[nodiscard]] std::uint64_t records() const noexcept { return records_; }
  [[nodiscard]] std::uint64_t failed() const noexcept { return deliveries_.failed; }

 private:
  void put(const aiokpl::Record& record) {
    const std::string_view key = record.partition_key.value_or(std::string_view{});
    // The copy is what the other producers make too; the function does not write to what it is given.
    while (rd_kafka_produce(topic_.get(), RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY,
                            const_cast<std::byte*>(record.data.bytes().data()), record.data.size(), key.data(),
                            key.size(), nullptr) != 0) {
      if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
        throw std::runtime_error{rd_kafka_err2str(rd_kafka_last_error())};
      }
      rd_kafka_poll(kafka_.get(), poll_milliseconds);
    }
    ++records_;
  }

  RecordPool pool_;
  Deliveries deliveries_;
  std::uint64_t records_ = 0;
  Kafka kafka_;
  std::unique_ptr<rd_kafka_topic_t, void (*)(rd_kafka_topic_t*)> topic_{nullptr, rd_kafka_topic_destroy};
};

void run_producer(const std::string& bootstrap, double seconds, std::size_t outstanding) {
  Producer producer{bootstrap, outstanding};
  producer.run(0.3);
  const std::uint64_t records_before = producer.records();
  aiokpl::bench::meet("ready");
  const CpuTime before = aiokpl::bench::process_cpu();
  const auto start = std::chrono::steady_clock::now();
  producer.run(seconds);
  const double elapsed = aiokpl::bench::seconds_since(start);
  const CpuTime after = aiokpl::bench::process_cpu();
  std::printf(R"({"event": "done", "records": %llu, "seconds": %.6f, "cpu": %.6f, "peak_rss": %llu, "failures": %llu})"
              "\n",
              static_cast<unsigned long long>(producer.records() - records_before), elapsed,
              after.total() - before.total(), static_cast<unsigned long long>(aiokpl::bench::process_memory("VmHWM")),
              static_cast<unsigned long long>(producer.failed()));
}

}  // namespace

int main(int argc, char** argv) try {
  const auto word = [&](int i) { return std::string{argc > i ? argv[i] : ""}; };
  if (word(1) == "cluster" && argc == 3) {
    run_cluster(std::atoi(argv[2]));
  } else if (word(1) == "producer" && argc >= 4) {
    run_producer(argv[2], std::strtod(argv[3], nullptr), argc > 4 ? std::strtoull(argv[4], nullptr, 10) : 100'000);
  } else {
    throw std::runtime_error{"usage: bench_kafka cluster PARTITIONS | producer BOOTSTRAP SECONDS [OUTSTANDING]"};
  }
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "bench_kafka: %s\n", error.what());
  return 1;
}
