#include "agent/watch/raw_event.h"

#include <sys/inotify.h>

namespace fleet::agent {

Meaning MeaningOf(const RawEvent& event) {
  if ((event.mask & IN_Q_OVERFLOW) != 0) return Meaning::kEventsLost;
  if ((event.mask & IN_IGNORED) != 0) return Meaning::kWatchEnded;
  if ((event.mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT)) != 0) return Meaning::kWatchedFolderGone;
  if ((event.mask & IN_ISDIR) != 0 && !event.name.empty()) {
    if ((event.mask & (IN_CREATE | IN_MOVED_TO)) != 0) return Meaning::kFolderAppeared;
    if ((event.mask & (IN_DELETE | IN_MOVED_FROM)) != 0) return Meaning::kFolderGone;
  }
  return (event.mask & WatchMask()) != 0 ? Meaning::kChanged : Meaning::kNothing;
}

// MODIFY: some programs truncate and write in place, and may die or stay between the two. ATTRIB: a file nobody may
// read any more is as good as gone.
std::uint32_t WatchMask() {
  return IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF |
         IN_MODIFY | IN_ATTRIB;
}

}  // namespace fleet::agent
