#include "logging.hpp"

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gil.hpp"

namespace aiokpl::python {

namespace {

PyObject* handler = nullptr;

int python_level(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return 10;
    case LogLevel::info:
      return 20;
    case LogLevel::warning:
      return 30;
    default:
      return 40;
  }
}

class Courier {
 public:
  void post(LogLevel level, std::string_view text) {
    const std::lock_guard lock{mutex_};
    if (stopped_) return;
    queue_.emplace_back(level, text);
    if (!thread_.joinable()) thread_ = std::thread{[this] { run(); }};
    changed_.notify_all();
  }

  /// Delivers what is queued and ends the thread. Without the GIL.
  void stop() {
    {
      const std::lock_guard lock{mutex_};
      stopped_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
  }

 private:
  using Entry = std::pair<LogLevel, std::string>;

  void run() {
    std::unique_lock lock{mutex_};
    while (!stopped_ || !queue_.empty()) {
      changed_.wait(lock, [&] { return stopped_ || !queue_.empty(); });
      const std::vector<Entry> taken = std::exchange(queue_, {});
      lock.unlock();
      deliver(taken);
      lock.lock();
    }
  }

  static void deliver(const std::vector<Entry>& entries) {
    const WithGil gil;
    for (const auto& [level, text] : entries) {
      const Reference words{PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "replace")};
      const Reference number{PyLong_FromLong(python_level(level))};
      const Reference told{words && number && handler != nullptr
                               ? PyObject_CallFunctionObjArgs(handler, number.get(), words.get(), nullptr)
                               : nullptr};
      // A handler of logging's that fails is told as Python tells it.
      if (!told && PyErr_Occurred() != nullptr) PyErr_WriteUnraisable(handler);
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Entry> queue_;
  bool stopped_ = false;
  std::thread thread_;
};

// Never destroyed: threads of the core's may speak until the very end.
Courier* courier = new Courier;

class PythonLogger final : public Logger {
 public:
  void log(LogLevel level, std::string_view message) override { courier->post(level, message); }
};

}  // namespace

std::shared_ptr<Logger> python_logger() {
  return std::make_shared<PythonLogger>();
}

void reset_logging_in_child() {
  courier = new Courier;
}

void bind_logging(nb::module_& module) {
  module.def("set_log_handler", [](nb::object given) {
    PyObject* old = std::exchange(handler, given.release().ptr());
    Py_XDECREF(old);
  });
  module.def("stop_logging", [] {
    const WithoutGil without_gil;
    courier->stop();
  });
}

}  // namespace aiokpl::python
