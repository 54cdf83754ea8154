#include "violation.hpp"

namespace aiokpl::simulation {

std::string_view words_of(Promise promise) noexcept {
  switch (promise) {
    case Promise::resolves_once:
      return "every record resolves once";
    case Promise::resolves_in_time:
      return "every record resolves by its time to live and the timeouts";
    case Promise::success_is_stored:
      return "a success is in the store, where it says";
    case Promise::success_is_consumed:
      return "consumers keep what is a success";
    case Promise::failure_is_true:
      return "what the service confirmed is no failure";
    case Promise::bytes_are_equal:
      return "what is stored is what was put";
    case Promise::no_needless_duplicate:
      return "duplicates come from lost answers only";
    case Promise::order_of_a_key:
      return "records of a key stay in order inside a request";
    case Promise::limits_of_requests:
      return "requests keep the service's and the configured limits";
    case Promise::limits_of_aggregates:
      return "aggregates keep their limits";
    case Promise::pacing:
      return "shards are sent to at their rate";
    case Promise::places_come_back:
      return "outstanding records and bytes are counted right";
    case Promise::progress:
      return "where all is well, records are stored";
    case Promise::flush_ends:
      return "a flush ends with the records before it";
    case Promise::close_ends:
      return "a close ends, and says what it aborted";
    case Promise::failures_are_told:
      return "the handler of failures hears of each one once";
    case Promise::engine_sleeps:
      return "the engine sleeps when there is nothing to do";
    case Promise::metrics_are_true:
      return "metrics say what happened";
  }
  return {};
}

}  // namespace aiokpl::simulation
