#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <future>
#include <iostream>
#include <memory>

#include "agent/cli/command_error.h"
#include "agent/cli/commands.h"
#include "agent/cli/event_text.h"
#include "agent/cli/targets.h"
#include "agent/watch/store_watch.h"
#include "agent/watch/tcp_probe.h"
#include "agent/watch/watcher.h"
#include "common/status.h"
#include "common/strand.h"
#include "common/terminal.h"
#include "common/termination.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

using std::chrono::milliseconds;

constexpr std::chrono::seconds kTick{1};
constexpr std::chrono::seconds kBetweenSweeps{60};
constexpr std::chrono::seconds kBetweenQdrantLooks{5};
constexpr milliseconds kConnectLimit{1'000};

struct Options {
  Targets targets;
  EventFilter filter;
  std::string qdrant = "127.0.0.1:6333";
  bool poll = false;
  bool json = false;
};

// The stream, on its strand: changes and the time in, lines out.
class EventStream {
 public:
  EventStream(const Options& options, const Clock& clock, Strand& strand, StoreWatch& stores)
      : options_(options), clock_(clock), strand_(strand), stores_(stores), colour_(WantsColour()) {}

  void Begin(std::vector<StoreEvent> events) {
    swept_ = clock_.Mono();
    Print(std::move(events));
    Tick();
  }

  void OnBatch(const ChangeBatch& batch) {
    Print(stores_.OnChanges(batch));
    LookAgain();
  }

 private:
  void Tick() {
    const MonoTime now = clock_.Mono();
    if (!qdrant_looked_ || now - *qdrant_looked_ >= kBetweenQdrantLooks) LookAtQdrant();
    if (now - swept_ >= kBetweenSweeps) {
      swept_ = now;
      Print(stores_.OnTime());
    }
    EndWithoutReader();
    LookAgain();
    strand_.PostAt(clock_.Mono() + kTick, [this] { Tick(); });
  }

  // What was too fresh to be judged, or waits.
  void LookAgain() {
    const std::optional<MonoTime> due = stores_.due();
    if (!due || (look_at_ && *look_at_ <= *due)) return;
    look_at_ = due;
    strand_.PostAt(std::max(*due, clock_.Mono() + milliseconds(50)), [this] {
      look_at_.reset();
      OnBatch({});
    });
  }

  // The first look only tells how things are.
  void LookAtQdrant() {
    qdrant_looked_ = clock_.Mono();
    const absl::StatusOr<bool> up = Listens(options_.qdrant, kConnectLimit);
    if (!up.ok() || std::exchange(qdrant_up_, *up) == *up) return;
    StoreEvent event;
    event.kind = *up ? "qdrant_up" : "qdrant_down";
    event.facts["address"] = options_.qdrant;
    Print({event});
  }

  void Print(const std::vector<StoreEvent>& events) {
    const std::int64_t now_ms = ToMillis(clock_.Now());
    for (const StoreEvent& event : events) {
      if (!Passes(options_.filter, event)) continue;
      std::cout << (options_.json ? EventJson(event, now_ms) : EventLine(event, now_ms, colour_)) << '\n';
    }
    std::cout.flush();
    if (!std::cout) End();
  }

  // Nobody reads any more: a pipe says so before the next line is written.
  static void EndWithoutReader() {
    pollfd out = {STDOUT_FILENO, 0, 0};
    if (poll(&out, 1, 0) > 0 && (out.revents & (POLLERR | POLLNVAL)) != 0) End();
  }

  static void End() { kill(getpid(), SIGTERM); }  // which main waits for

  const Options& options_;
  const Clock& clock_;
  Strand& strand_;
  StoreWatch& stores_;
  const bool colour_;
  MonoTime swept_;
  std::optional<MonoTime> qdrant_looked_;
  std::optional<bool> qdrant_up_;
  std::optional<MonoTime> look_at_;
};

absl::Status CheckOptions(const Options& options) {
  for (const std::string& kind : options.filter.kinds) {
    const std::vector<std::string_view>& kinds = EventKinds();
    if (std::find(kinds.begin(), kinds.end(), kind) != kinds.end()) continue;
    std::string known;
    for (const std::string_view name : kinds) known += (known.empty() ? "" : ", ") + std::string(name);
    return InvalidArgument("no event is called " + ToPrintable(kind) + "; there are " + known);
  }
  return Listens(options.qdrant, milliseconds(0)).status();
}

absl::Status Watch(const Options& options, const Termination& termination) {
  RETURN_IF_ERROR(CheckOptions(options));
  ASSIGN_OR_RETURN(const std::vector<Target> targets, ResolveTargets(options.targets));
  const SystemClock clock;
  StoreWatch stores(clock, targets, CheckSettings());
  ASSIGN_OR_RETURN(std::vector<StoreEvent> started, stores.Begin());
  Strand strand;
  EventStream stream(options, clock, strand, stores);
  strand.Post([&] { stream.Begin(std::move(started)); });
  WatchSettings settings;
  settings.poll_everything = options.poll;
  Watcher watcher(settings, WatchPlan::Of(targets, true), clock, strand,
                  [&](const ChangeBatch& batch) { stream.OnBatch(batch); });
  termination.Wait();
  watcher.Stop();
  strand.Stop();
  return absl::OkStatus();
}

}  // namespace

void AddWatchCommand(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand("watch", "Show what happens in dgmo's data, as it happens; changes nothing");
  command->footer("Exit code: 0 after SIGINT, SIGTERM or when nobody reads any more, 2 could not run.");
  auto options = std::make_shared<Options>();
  AddTargetOptions(*command, options->targets);
  command->add_option("--session", options->filter.session, "Only what is about this session")->type_name("ID");
  command->add_option("--parent", options->filter.parent, "Only what is about this session's sub-sessions")
      ->type_name("ID");
  command->add_option("--kind", options->filter.kinds, "Only these events, comma separated")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("EVENT,...");
  command->add_option("--qdrant", options->qdrant, "Where Qdrant should listen")
      ->type_name("HOST:PORT")
      ->capture_default_str();
  command->add_flag("--poll", options->poll, "Look for changes every second instead of being told of them");
  command->add_flag("--json", options->json, "Print one JSON document a line");
  command->callback([options, &exit_code] {
    const Termination termination;  // before any thread
    const absl::Status watched = Watch(*options, termination);
    exit_code = watched.ok() ? 0 : ReportError(watched);
  });
}

}  // namespace fleet::agent
