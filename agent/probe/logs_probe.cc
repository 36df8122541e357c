#include <map>
#include <memory>

#include "agent/probe/error_texts.h"
#include "agent/probe/log_follower.h"
#include "agent/probe/probes.h"
#include "common/clock.h"
#include "common/mutex.h"

namespace fleet::agent {

namespace {

// A home's follower and what it was made for.
struct Followed {
  Mutex mutex;
  std::shared_ptr<const PatternMatcher> matcher;
  LogFollower::Limits limits;
  std::unique_ptr<LogFollower> follower;
};

// Lasts as long as the process, so that each sweep reads what was written since the last one. There are as many as
// there are homes.
std::shared_ptr<Followed> FollowedOf(const std::string& home) {
  static Mutex mutex;
  static std::map<std::string, std::shared_ptr<Followed>> all;
  const MutexLock lock(mutex);
  std::shared_ptr<Followed>& followed = all[home];
  if (!followed) followed = std::make_shared<Followed>();
  return followed;
}

// All homes share one; null when it does not compile, which no catalogue in force does.
std::shared_ptr<const PatternMatcher> MatcherOf(const std::shared_ptr<const PatternCatalogue>& patterns) {
  static Mutex mutex;
  static std::shared_ptr<const PatternMatcher> last;
  const MutexLock lock(mutex);
  if (last && &last->catalogue() == patterns.get()) return last;
  absl::StatusOr<std::unique_ptr<PatternMatcher>> matcher = PatternMatcher::Make(patterns);
  if (matcher.ok()) last = *std::move(matcher);
  return matcher.ok() ? last : nullptr;
}

// Other patterns, or another window, have to see the logs from the begin.
void Prepare(const CheckSettings& settings, Followed& followed) {
  const LogFollower::Limits limits{.first_bytes = settings.log_first_bytes,
                                   .sweep_bytes = settings.log_sweep_bytes,
                                   .window_ms = settings.log_window_ms};
  std::shared_ptr<const PatternMatcher> matcher = MatcherOf(settings.patterns);
  if (matcher == nullptr || (followed.matcher == matcher && followed.limits == limits)) return;
  followed.matcher = std::move(matcher);
  followed.limits = limits;
  followed.follower = std::make_unique<LogFollower>(followed.matcher, limits);
}

}  // namespace

void ProbeLogs(const CheckSettings& settings, HomeModel& home) {
  const std::int64_t now_ms = ToMillis(SystemClock().Now());
  const std::shared_ptr<Followed> followed = FollowedOf(home.home.path);
  const MutexLock lock(followed->mutex);
  Prepare(settings, *followed);
  if (!followed->follower) return;
  LogFacts facts = followed->follower->Sweep(LogFoldersOf(home, settings), now_ms, home.unknown);
  // Read anew each time: they are few, and a message changes as a whole.
  LogTally texts(followed->matcher, settings.log_window_ms);
  MatchErrorTexts(home.roots, now_ms - settings.log_window_ms, settings.most_recent_errors, texts);
  for (LogFacts::Hits& hits : texts.Recent(now_ms)) facts.hits.push_back(std::move(hits));
  home.logs = std::move(facts);
}

}  // namespace fleet::agent
