#pragma once

namespace fleet {

// SIGTERM and SIGINT as something to wait for. Construct in main before any thread starts (it blocks the
// signals, and threads inherit that); SIGPIPE is ignored.
class Termination {
 public:
  Termination();
  // Blocks until one of the signals arrives; returns its number.
  int Wait() const;
};

}  // namespace fleet
