#pragma once

#include <functional>
#include <span>
#include <vector>

#include <aiokpl/producer.hpp>
#include <aiokpl/record.hpp>

namespace aiokpl::bench {

struct NothingResult {
  bool success = true;
};

/// As large as a real handle.
class NothingOutcome {
 public:
  [[nodiscard]] NothingResult wait() const noexcept { return {}; }
  [[nodiscard]] bool done() const noexcept { return true; }
  void on_ready(const std::function<void(const RecordResult&)>& /*callback*/) const {}

 private:
  const void* block_ = nullptr;
  const void* index_ = nullptr;
};

/// A producer that does nothing, for what the measuring itself costs.
class NothingProducer {
 public:
  NothingOutcome put_record(const Record& record) {
    const Record* seen = &record;
    asm volatile("" : : "r"(seen) : "memory");  // as a call that the compiler cannot look into
    return {};
  }
  std::vector<NothingOutcome> put_records(std::span<const Record> records) {
    asm volatile("" : : "r"(records.data()) : "memory");
    return std::vector<NothingOutcome>(records.size());
  }
  void flush() {}
  void on_failed(const std::function<void(const FailedRecord&)>& /*handler*/) {}
};

}  // namespace aiokpl::bench
