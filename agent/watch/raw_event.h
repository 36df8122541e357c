#pragma once

#include <cstdint>
#include <string>

namespace fleet::agent {

// One event of a watched folder, as the kernel gives it.
struct RawEvent {
  int watch = -1;
  std::uint32_t mask = 0;
  std::string name;  // of the entry; empty when it is about the folder itself
};

// What it says.
enum class Meaning : std::uint8_t {
  kNothing,
  kChanged,            // the entry, or the folder when there is no name
  kFolderAppeared,     // the entry is a folder that was not there
  kFolderGone,         // the entry was a folder
  kWatchedFolderGone,  // the folder itself, or its place
  kWatchEnded,         // no more events come from this watch
  kEventsLost
};
Meaning MeaningOf(const RawEvent& event);

// Every kind of event that is asked for.
std::uint32_t WatchMask();

}  // namespace fleet::agent
