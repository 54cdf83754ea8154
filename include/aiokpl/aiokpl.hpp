#pragma once

/// Everything but the optional headers (aiokpl/asio.hpp, aiokpl/emulator.hpp).

#include <aiokpl/aggregation.hpp>
#include <aiokpl/config.hpp>
#include <aiokpl/credentials.hpp>
#include <aiokpl/error.hpp>
#include <aiokpl/executor.hpp>
#include <aiokpl/hash_key.hpp>
#include <aiokpl/logger.hpp>
#include <aiokpl/metrics.hpp>
#include <aiokpl/outcome.hpp>
#include <aiokpl/producer.hpp>
#include <aiokpl/record.hpp>
#include <aiokpl/result.hpp>
#include <aiokpl/task.hpp>
