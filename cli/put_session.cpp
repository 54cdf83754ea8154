#include "cli/put_session.hpp"

#include <algorithm>
#include <csignal>
#include <utility>

#include "cli/hopeless.hpp"
#include "cli/terminal.hpp"
#include "cli/text.hpp"

namespace aiokpl::cli {
namespace {

// Within what the producer admits as a whole, so that a slice is taken in whole or not at all.
constexpr std::size_t records_in_slice = 128;
constexpr std::uint64_t bytes_of_bookkeeping = 64;

std::uint64_t size_of(const InputRecord& record) {
  return record.data.size() + (record.partition_key ? record.partition_key->size() : 0) + bytes_of_bookkeeping;
}

/// "Expired" alone says little: the attempt before it says why.
std::string message_of(const RecordResult& result) {
  const Attempt& last = result.attempts.back();
  std::string message = last.error_message;
  if (last.error_code != error_code::expired || result.attempts.size() < 2) return message;
  const Attempt& before = *(result.attempts.end() - 2);
  return message + "; before that: " + before.error_code + ": " + before.error_message;
}

bool never_reached(const RecordResult& result) {
  return std::all_of(result.attempts.begin(), result.attempts.end(), [](const Attempt& attempt) {
    return attempt.error_code == error_code::internal || attempt.error_code == error_code::expired;
  });
}

std::vector<Tag> tags_of(const FailedRecord& record) {
  std::vector<Tag> tags;
  for (const OwnedTag& tag : record.tags)
    tags.push_back({.key = tag.key, .value = tag.value});
  return tags;
}

std::optional<std::string_view> view(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  return *text;
}

}  // namespace

PutSession::PutSession(const PutOptions& options, Config config)
    : options_{options},
      failures_{options.failed_file, options.files, options.quiet},
      compressor_{options.compression},
      reader_{options.files, options.framing, options.keys, stop_.fd()},
      watch_{[this](int number, int count) { on_signal(number, count); }},
      producer_{std::make_unique<SyncProducer>(std::move(config))} {
  producer_->on_failed([this](const FailedRecord& record) { on_failed(record); });
  const std::lock_guard lock{producer_mutex_};
  for_signals_ = producer_.get();
}

PutSession::~PutSession() {
  {
    const std::lock_guard lock{producer_mutex_};
    for_signals_ = nullptr;
  }
  // After an exception nobody would hear what became of the rest; the producer must be gone before what it reports to.
  producer_->abort();
  producer_.reset();
}

void PutSession::on_signal(int number, int count) {
  // First the reason: whoever sees the switch asks for it.
  interrupted_ = interrupted_ || number != 0;
  stop_.stop();
  if (number != 0 && count == 1) {
    if (!options_.quiet) {
      say(std::string{number == SIGINT ? "interrupted" : "asked to end"} +
          ": storing what was read; once more to give up");
    }
    return;
  }
  if (number != 0) gave_up_ = true;
  const std::lock_guard lock{producer_mutex_};
  if (for_signals_ != nullptr) for_signals_->abort();
}

void PutSession::on_failed(const FailedRecord& record) {
  const RecordResult& result = record.result;
  const std::string& code = result.attempts.back().error_code;
  const std::vector<Tag> tags = tags_of(record);
  const std::string data = original(DataView{record.data}.text());
  const InputRecord input{view(record.partition_key), view(record.explicit_hash_key), data, tags};
  failures_.add(input, {code, message_of(result), result.attempts.size() + result.attempts_omitted});
  if (never_reached(result)) ++unreachable_;
  ++failed_;
  if (cause_code_.empty()) {
    cause_code_ = code;
    cause_ = code + ": " + message_of(result);
  }
  if (!is_hopeless(code) || something_stored_) return;
  // The rest would fail as this one did, half a minute later. This thread cannot wait for the end of an abort.
  if (!hopeless_.exchange(true)) watch_.call();
}

PutSummary PutSession::run() {
  {
    std::optional<ProgressLine> line;
    if (options_.progress.value_or(error_is_terminal() && !options_.quiet)) {
      line.emplace([this] { return progress(); });
    }
    read_and_put();
    finish();
  }
  const ExitStatus status = exit_status();
  explain_end(status);
  if (const std::uint64_t failed = producer_->metrics().failed_exports(); failed != 0) {
    say(std::to_string(failed) + (failed == 1 ? " export" : " exports") +
        " of metrics did not go well; with AIOKPL_LOG=warning in the environment it is said why");
  }
  return {.stream = options_.stream,
          .records = records_,
          .bytes = bytes_,
          .stored = stored(),
          .failed = failures_.count(),
          .retries = producer_->retried_records(),
          .errors = failures_.by_code(),
          .elapsed = std::chrono::steady_clock::now() - started_,
          .interrupted = interrupted_,
          .exit_status = status};
}

void PutSession::read_and_put() {
  while (reader_.next(batch_)) {
    for (const Unreadable& input : batch_.unreadable) {
      ++records_;
      failures_.add_unreadable(input);
    }
    for (const InputRecord& record : batch_.records)
      bytes_.fetch_add(record.data.size(), std::memory_order_relaxed);
    if (options_.compression != Compression::none) compress(batch_);
    put_batch(batch_);
  }
}

void PutSession::compress(InputBatch& batch) {
  for (InputRecord& record : batch.records)
    record.data = batch.keep(compressor_.compress(record.data));
}

std::string PutSession::original(std::string_view data) const {
  if (options_.compression == Compression::none) return std::string{data};
  return decompress(data, options_.compression, std::string::npos - 1).value_or(std::string{data});
}

void PutSession::put_batch(InputBatch& batch) {
  const std::span<const InputRecord> all{batch.records};
  for (std::size_t done = 0; done < all.size();) {
    const std::size_t count = put_some(all.subspan(done));
    done += count;
    records_.fetch_add(count, std::memory_order_relaxed);
  }
}

// A slice costs less than its records one by one, but is put only when it need not wait: if the producer is closed
// while it waits, nobody could tell which of its records were taken in.
std::size_t PutSession::put_some(std::span<const InputRecord> records) {
  const Config& config = producer_->config();
  const std::uint64_t outstanding = producer_->outstanding_records();
  const std::uint64_t places = config.max_outstanding_records - std::min(config.max_outstanding_records, outstanding);
  const std::uint64_t used = producer_->outstanding_bytes();
  const std::uint64_t room = config.max_outstanding_bytes - std::min(config.max_outstanding_bytes, used);
  const std::uint64_t most = std::min({std::uint64_t{records_in_slice}, places, config.max_outstanding_records / 4});
  const std::uint64_t most_bytes = std::min(room, config.max_outstanding_bytes / 4);
  std::size_t count = 0;
  for (std::uint64_t bytes = 0; count < records.size() && count < most; ++count) {
    bytes += size_of(records[count]);
    if (bytes > most_bytes) break;
  }
  if (count > 1) return put_slice(records.first(count));
  put_one(records.front());
  return 1;
}

std::size_t PutSession::put_slice(std::span<const InputRecord> records) {
  slice_.clear();
  for (const InputRecord& input : records)
    slice_.push_back(to_record(input));
  try {
    const std::vector<SyncOutcome> outcomes = producer_->put_records(slice_);
    accepted_ += records.size();
    watch_for_success(outcomes.front());
  } catch (const std::exception&) {
    // A bad record, or the producer was closed. Nothing of the slice was queued; one by one each gets its own reason.
    for (const InputRecord& input : records)
      put_one(input);
  }
  return records.size();
}

void PutSession::put_one(const InputRecord& input) {
  try {
    const SyncOutcome outcome = producer_->put_record(to_record(input));
    ++accepted_;
    watch_for_success(outcome);
  } catch (const InvalidArgument& error) {
    refuse(input, input_error::refused, error.what());
  } catch (const ProducerClosed&) {
    refuse(input, error_code::aborted, "given up before it was sent");
  }
}

// What is hopeless fails by the request, so that one record of a slice speaks for it.
void PutSession::watch_for_success(const SyncOutcome& outcome) {
  if (something_stored_.load(std::memory_order_relaxed)) return;
  outcome.on_ready([this](const RecordResult& result) {
    if (result.success) something_stored_ = true;
  });
}

void PutSession::refuse(const InputRecord& input, std::string_view code, std::string_view message) {
  InputRecord read = input;
  const std::string data = original(input.data);
  read.data = data;
  failures_.add(read, {code, message});
}

Record PutSession::to_record(const InputRecord& input) const {
  return {.stream = options_.stream,
          .partition_key = input.partition_key,
          .data = input.data,
          .explicit_hash_key = input.explicit_hash_key,
          .tags = input.tags};
}

void PutSession::finish() {
  producer_->flush();  // without a time limit: every record has one
  producer_->close();
  failures_written_ = failures_.finish();
}

PutProgress PutSession::progress() const {
  return {.records = records_,
          .bytes = bytes_,
          .in_flight = producer_->outstanding_records(),
          .retries = producer_->retried_records(),
          .failed = failures_.count(),
          .elapsed = std::chrono::steady_clock::now() - started_};
}

std::uint64_t PutSession::stored() const {
  const std::uint64_t others = failed_ + producer_->outstanding_records();
  return accepted_ - std::min<std::uint64_t>(accepted_, others);
}

ExitStatus PutSession::exit_status() {
  const bool nothing = stored() == 0 && failed_ > 0;
  if (nothing && (hopeless_ || unreachable_ == failed_) && !gave_up_) return ExitStatus::nothing_done;
  if (!failures_written_) return ExitStatus::failures_not_written;
  if (interrupted_ && (reader_.input().cut_short() || failures_.count(error_code::aborted) > 0)) {
    return ExitStatus::interrupted;
  }
  return failures_.count() > 0 ? ExitStatus::some_failed : ExitStatus::success;
}

void PutSession::explain_end(ExitStatus status) {
  if (options_.quiet) return;
  if (gave_up_) {
    say("gave up: " + grouped(failures_.count(error_code::aborted)) + " records were not stored" +
        (failures_.path().empty() ? "" : "; they are in " + failures_.path()));
  }
  if (reader_.input().left_over() > 0 && interrupted_) {
    say(grouped(reader_.input().left_over()) + " bytes of an unfinished record were read and not put");
  }
  if (status != ExitStatus::nothing_done) return;
  std::string line = "nothing was stored: " + cause_;
  if (line.ends_with('.')) line.pop_back();
  if (const auto help = advice(cause_code_); !help.empty()) line.append("; ").append(help);
  say(line);
}

}  // namespace aiokpl::cli
