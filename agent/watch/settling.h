#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/checks/home_model.h"
#include "common/clock.h"
#include "common/finding.h"

namespace fleet::agent {

// The patience that a working dgmo asks for (catalogue: "Liveness rule"). What is found where one works counts when it
// was found three times, two seconds apart: in between it may be something half done. What no longer is found there is
// over when it stays away for as long as fresh things are not judged. Pure; one thread.
class Settling {
 public:
  struct Result {
    std::vector<Finding> findings;    // that count
    std::set<std::string> open;       // their fingerprints, and of those that may or may not be over
    std::set<std::string> unknown;    // absolute paths of what is kept back: nothing is known of them now
    std::optional<MonoTime> look_at;  // when to look at them again
  };
  // `found`: all that was found now; `live_places`: the roots and homes in which a dgmo works.
  Result Take(std::vector<Finding> found, const std::set<std::string>& live_places, MonoTime now);

 private:
  struct Suspect {
    int looks = 1;
    MonoTime looked;
  };
  struct Settled {
    std::string root;
    std::vector<std::string> paths;
    std::optional<MonoTime> missing_since;
  };
  void Judge(Finding finding, const std::map<std::string, Suspect>& before, bool live, MonoTime now, Result& result);

  std::map<std::string, Suspect> suspects_;  // by fingerprint
  std::map<std::string, Settled> settled_;   // by fingerprint
};

// The roots of a home in which a dgmo works, and then also the home itself.
void AddLivePlaces(const HomeModel& home, std::set<std::string>& places);

// The earlier of two times, either of which may be none.
std::optional<MonoTime> Earlier(std::optional<MonoTime> a, std::optional<MonoTime> b);

}  // namespace fleet::agent
