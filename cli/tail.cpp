#include "cli/tail.hpp"

#include <algorithm>
#include <array>
#include <system_error>
#include <utility>

#include <nlohmann/json.hpp>
#include <poll.h>
#include <unistd.h>

#include "aws/kinesis_api.hpp"
#include "cli/connection.hpp"
#include "cli/exit_status.hpp"

namespace aiokpl::cli {
namespace {

using namespace std::chrono_literals;

// While a shard that ended has no children yet: a reshard under way, or a service that is behind with its list.
constexpr auto between_lists = 2s;
// Without --follow somebody waits for the end: some twenty seconds of trouble with one shard are enough.
constexpr std::uint32_t most_failures = 8;

}  // namespace

Tail::Tail(TailOptions options, ServiceCall call, int out_fd, int stop_fd, TailPrinter::Warn warn)
    : options_{std::move(options)},
      call_{std::move(call)},
      out_fd_{out_fd},
      stop_fd_{stop_fd},
      out_is_terminal_{::isatty(out_fd) == 1},
      warn_{warn},
      printer_{options_.output, std::move(warn)},
      writer_{out_fd, "standard output"},
      walk_{options_.begin, options_.shard} {}

void Tail::run() {
  try {
    read_everything();
    writer_.flush();
  } catch (const BrokenPipe&) {
    return;
  } catch (const std::system_error& error) {
    throw CommandError{ExitStatus::failures_not_written, error.what()};
  }
  printer_.finish();
}

void Tail::read_everything() {
  list();
  while (!printer_.done()) {
    const auto next = next_move();
    if (!next || !wait_until(*next)) return;
    if (list_at_ && *list_at_ <= Clock::now()) {
      list();
    } else {
      step();
    }
  }
}

std::optional<Tail::Clock::time_point> Tail::next_move() const {
  if (readers_.empty()) return list_at_;
  const auto reader = readers_.begin()->first;
  return list_at_ ? std::min(*list_at_, reader) : reader;
}

void Tail::list() {
  list_at_.reset();
  try {
    walk_.listed(list_shards(call_, options_.stream));
    list_failures_ = 0;
  } catch (const aws::ServiceException& refused) {
    if (!may_pass(refused.error())) throw CommandError{ExitStatus::nothing_done, explain("ListShards", refused)};
    return list_again(explain("ListShards", refused));
  } catch (const aws::TransportException& failed) {
    // Nothing has worked so far: the address is wrong rather than the line bad.
    if (!walk_.reading() && printer_.printed() == 0) throw CommandError{ExitStatus::nothing_done, failed.what()};
    return list_again(failed.what());
  }
  check_shard();
  start_ready();
  if (options_.follow && walk_.wants_list()) list_at_ = Clock::now() + between_lists;
}

void Tail::list_again(const std::string& problem) {
  if (++list_failures_ >= most_failures && !options_.follow) throw CommandError{ExitStatus::nothing_done, problem};
  if (list_failures_ == 1) warn_(problem + "; trying again");
  list_at_ = Clock::now() + between_lists;
}

void Tail::check_shard() const {
  if (!options_.shard || walk_.knows(*options_.shard)) return;
  throw CommandError{ExitStatus::nothing_done, "stream " + options_.stream + " has no shard " + *options_.shard};
}

void Tail::start_ready() {
  for (ShardToRead& shard : walk_.take_ready()) {
    // Before all others: where reading begins at the latest record, it begins in every shard at once.
    readers_.emplace(Clock::time_point::min(),
                     std::make_unique<ShardReader>(options_.stream, std::move(shard), options_.since));
  }
}

void Tail::step() {
  auto reader = std::move(readers_.begin()->second);
  readers_.erase(readers_.begin());
  const auto started = Clock::now();
  const ShardToRead& shard = reader->shard();
  const ReadStep step = reader->step(
      call_,
      [&](const KinesisRecord& record) {
        printer_.print(writer_.buffer(), shard.id, shard.range, record);
        writer_.pass_on();
      },
      printer_.wanted(), std::chrono::system_clock::now());
  if (options_.follow || out_is_terminal_) writer_.flush();

  switch (step.kind) {
    case ReadStep::Kind::end:
    case ReadStep::Kind::gone:
      walk_.ended(shard.id, step.children);
      start_ready();
      // A stream that is gone is told by the list.
      if (walk_.wants_list() || step.kind == ReadStep::Kind::gone) list_at_ = started;
      return;
    case ReadStep::Kind::failed:
      after_failure(*reader, step.problem);
      break;
    case ReadStep::Kind::tip:
      if (!options_.follow) return;
      [[fallthrough]];
    case ReadStep::Kind::more:
      failures_.erase(shard.id);
      if (failures_.empty()) in_trouble_ = false;
      break;
  }
  readers_.emplace(started + step.pause, std::move(reader));
}

void Tail::after_failure(const ShardReader& reader, const std::string& problem) {
  const std::uint32_t failures = ++failures_[reader.shard().id];
  if (!options_.follow && failures >= most_failures) throw CommandError{ExitStatus::nothing_done, problem};
  // Once for the trouble, not once for each try; one throttled call is everyday life.
  if (failures < 3 || in_trouble_) return;
  in_trouble_ = true;
  warn_(problem + "; trying again");
}

bool Tail::wait_until(Clock::time_point time) {
  auto left = time <= Clock::now() ? 0ms : std::chrono::ceil<std::chrono::milliseconds>(time - Clock::now());
  if (left > 0ms) writer_.flush();
  for (;;) {
    // Asked for nothing, a pipe still tells that its reader has gone.
    std::array<pollfd, 2> waiting{pollfd{stop_fd_, POLLIN, 0}, pollfd{out_fd_, 0, 0}};
    const int ready = ::poll(waiting.data(), waiting.size(), static_cast<int>(std::max(left, 0ms).count()));
    if (ready > 0 && waiting[0].revents != 0) {
      stopped_ = true;
      return false;
    }
    if (ready > 0 && (waiting[1].revents & POLLERR) != 0) throw BrokenPipe{};
    const auto now = Clock::now();
    if (ready == 0 || time <= now) return true;
    left = std::chrono::ceil<std::chrono::milliseconds>(time - now);
  }
}

}  // namespace aiokpl::cli
