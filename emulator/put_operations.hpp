#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <aiokpl/emulator.hpp>

#include "emulator/answer_writer.hpp"
#include "emulator/faults.hpp"
#include "emulator/put_request.hpp"
#include "emulator/store.hpp"
#include "emulator/validation.hpp"

namespace aiokpl::emulator {

/// PutRecords and PutRecord: the path that must be fast. Kept from request to request, for its memory.
class PutOperation {
 public:
  /// Reads the request and checks all that needs no stream. `decode`: see PutRequest.
  void read_put_records(Protocol protocol, std::string_view body, bool decode);
  void read_put_record(Protocol protocol, std::string_view body, bool decode);

  /// Checks the rest, stores and counts. Throws ApiError where the service refuses the whole request.
  void store(Store& store, Time now, RequestFate& fate, Counters& counters);

  /// After `store`: the answer.
  void answer_put_records(AnswerWriter& answer, const RequestFate& fate) const;
  /// Throws ApiError where the only record was not stored.
  void answer_put_record(AnswerWriter& answer) const;

 private:
  void check_entry(const PutEntry& entry, std::string_view path, Violations& violations) const;
  void finish_reading(Violations& violations);
  void check_against(const Stream& stream) const;
  [[nodiscard]] std::string path_of(std::size_t index) const;
  [[nodiscard]] std::string throttled_message(const PutResult& result) const;
  static void count(const PutResult& result, const PutEntry& entry, Counters& counters);

  PutRequest request_;
  bool several_ = true;
  std::string_view stream_;
  std::vector<HashKey> hash_keys_;
  std::vector<PutResult> results_;
};

}  // namespace aiokpl::emulator
