// What a caller sees when a record cannot be stored: an exception at the call for a bad argument, data in the result
// for what goes wrong later, and the record itself for those that want to keep it.
#include <iostream>
#include <string>
#include <syncstream>

#include <aiokpl/aiokpl.hpp>

using namespace std::chrono_literals;

int main() {
  aiokpl::SyncProducer producer{{.region = "us-east-1", .record_ttl = 2s}};

  // Everything that failed, with key and data: a dead-letter file, another stream. Called on the library's thread, so
  // that what is written here and below needs to be kept apart.
  producer.on_failed([](const aiokpl::FailedRecord& record) {
    const std::string text{reinterpret_cast<const char*>(record.data.data()), record.data.size()};
    std::osyncstream{std::cout} << "not stored in " << record.stream << ": " << text << '\n';
  });

  try {
    producer.put_record({.stream = "my-stream", .partition_key = "", .data = "refused"}).cancel();
  } catch (const aiokpl::InvalidArgument& error) {
    std::cout << "refused at the call: " << error.what() << '\n';
  }

  const auto outcome =
      producer.put_record({.stream = "no-such-stream", .partition_key = "user-123", .data = "important"});
  const aiokpl::RecordResult result = outcome.wait();
  if (!result.success) {
    const aiokpl::Attempt& last = result.attempts.back();
    std::osyncstream out{std::cout};
    out << "final failure: " << last.error_code << ": " << last.error_message << '\n';
    for (const aiokpl::Attempt& attempt : result.attempts)
      out << "  " << attempt << '\n';
  }
  producer.close();  // after it, the handler has been told of every failure
  return result.success ? 1 : 0;
}
