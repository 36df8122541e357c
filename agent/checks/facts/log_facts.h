#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace fleet::agent {

// Who writes a log, which decides how it is read and how large it may be.
enum class LogKind : std::uint8_t { kServer, kInterface, kGuide, kTasks };

// What the logs of a home and of its roots say. Never their text.
struct LogFacts {
  struct File {
    std::string path;  // absolute
    LogKind kind = LogKind::kServer;
    std::int64_t size = 0;
    std::int64_t started_ms = 0;  // of the process that writes it; 0: not known
    bool crashed = false;         // its last line says that the process ended in an error
    std::int64_t crashed_ms = 0;
  };
  // One pattern in one file, or in the errors a message or a record holds.
  struct Hits {
    std::string pattern;  // its name
    std::string path;     // absolute
    std::int64_t count = 0;
    std::int64_t first_ms = 0;
    std::int64_t last_ms = 0;
    std::int64_t line = 0;           // of the last one; 0: not known
    bool dated_by_file = false;      // the last one carries no time of its own: it is as old as the file at most
    std::set<std::string> ids = {};  // of sessions and messages that the lines name; a few
  };
  std::vector<File> files;
  std::vector<Hits> hits;
  std::int64_t skipped_lines = 0;  // too long to be looked at
};

}  // namespace fleet::agent
