// prometheus_feed PORT: serves test::sample_snapshots() through the sink; exports them once more at every SIGUSR1, and
// ends at SIGTERM. Its first line of output is what to scrape.

#include <csignal>
#include <cstdint>
#include <exception>
#include <iostream>
#include <string>

#include <aiokpl/prometheus_sink.hpp>

#include "unit/sinks/sample_snapshots.hpp"

int main(int count, char** arguments) {
  try {
    // Before the sink has threads, which inherit it: a signal then waits until it is asked for.
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGUSR1);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);

    aiokpl::PrometheusSink sink{{.port = static_cast<std::uint16_t>(count > 1 ? std::stoul(arguments[1]) : 0)}};
    sink.export_metrics(aiokpl::test::sample_snapshots());
    std::cout << sink.url() << std::endl;
    for (int signal = 0; sigwait(&signals, &signal) == 0 && signal == SIGUSR1;) {
      sink.export_metrics(aiokpl::test::sample_snapshots());
      std::cout << "exported" << std::endl;
    }
    sink.stop();
  } catch (const std::exception& error) {
    std::cerr << "prometheus_feed: " << error.what() << '\n';
    return 1;
  }
}
