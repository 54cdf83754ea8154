#pragma once

/// Marks what the shared library offers to its users; everything else stays hidden in it. A standard attribute, since
/// GCC takes no `__attribute__` between `[[nodiscard]]` and a class's name.
#define AIOKPL_EXPORT [[gnu::visibility("default")]]
