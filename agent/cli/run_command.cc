#include <spdlog/spdlog.h>
#include <sys/utsname.h>

#include <cstdlib>
#include <future>
#include <memory>
#include <optional>
#include <random>

#include "agent/cli/command_error.h"
#include "agent/cli/commands.h"
#include "agent/cli/config_file.h"
#include "agent/cli/local_workstation.h"
#include "agent/cli/patterns_option.h"
#include "agent/cli/regular_backups.h"
#include "agent/cli/regular_drills.h"
#include "agent/cli/settings_options.h"
#include "agent/cli/targets.h"
#include "agent/cli/unasked_options.h"
#include "agent/link/agent.h"
#include "agent/link/agent_id.h"
#include "agent/link/command_files.h"
#include "agent/link/grpc_transport.h"
#include "agent/link/state_directory.h"
#include "agent/probe/guarded_probe_runner.h"
#include "agent/probe/self_limits.h"
#include "agent/watch/watcher.h"
#include "common/log.h"
#include "common/status.h"
#include "common/strand.h"
#include "common/termination.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

using std::chrono::milliseconds;

constexpr std::uint32_t kProtocolVersion = 1;
constexpr std::size_t kMaxName = 255;
// How long a stop waits: for looking, which can be cut short; for a repair, which should not; for last words.
constexpr milliseconds kCheckLimit{1'500};
constexpr milliseconds kRepairLimit{600'000};
constexpr milliseconds kFarewellLimit{400};

struct Options {
  Targets targets;
  CheckSettings checks;
  std::string config;
  std::string coordinator;
  std::string host_name;        // empty: the machine's
  std::string patterns;         // a file
  double check_interval = 120;  // seconds
  UnaskedOptions unasked;
  bool poll = false;
  bool no_quarantine = false;
  bool no_backups = false;
  bool no_drills = false;
  int drills_after = 15;  // minutes
  std::string backup_to;
  bool verbose = false;
};

v1::Hello HelloOf(const std::string& agent_id, const std::string& host_name) {
  utsname system{};
  uname(&system);
  v1::Hello hello;
  hello.set_agent_id(agent_id);
  const std::string_view name = host_name.empty() ? std::string_view(system.nodename) : std::string_view(host_name);
  hello.set_host_name(ToUtf8(name.substr(0, kMaxName)));
  hello.set_agent_version(FLEET_VERSION);
  hello.set_protocol_version(kProtocolVersion);
  hello.set_os(ToUtf8(std::string(system.sysname) + " " + system.release + " " + system.machine).substr(0, kMaxName));
  return hello;
}

RandomSource SystemRandom() {
  auto engine = std::make_unique<std::mt19937_64>(std::random_device{}());
  return [engine = std::move(engine)] { return std::uniform_real_distribution<double>(0, 1)(*engine); };
}

// What a run needs before it begins; all that can be wrong with it is found out here.
struct Ground {
  std::vector<Target> targets;
  CheckSettings settings;
  StateDirectory state;  // holds the lock
  std::string agent_id;
  CommandFiles commands;
  CommandFiles::Held held;
  std::shared_ptr<grpc::Channel> channel;  // null: no coordinator
};

absl::StatusOr<Ground> Prepare(const Options& options) {
  if (!(options.check_interval >= 0.1 && options.check_interval <= 86'400)) {
    return InvalidArgument("--check-interval: not between 0.1 and 86400 seconds");
  }
  RETURN_IF_ERROR(ValidateSettings(options.checks));
  RETURN_IF_ERROR(Validate(options.unasked));
  ASSIGN_OR_RETURN(std::vector<Target> targets, ResolveTargets(options.targets));
  CheckSettings settings = options.checks;
  RETURN_IF_ERROR(LoadPatterns(options.patterns, settings));
  if (!options.backup_to.empty()) settings.backup_folders.push_back(options.backup_to);
  const std::string path = StateFolder(options.targets);
  ASSIGN_OR_RETURN(StateDirectory state, StateDirectory::Open(path));
  RETURN_IF_ERROR(state.Lock());
  ASSIGN_OR_RETURN(std::string agent_id, AgentId(state));
  ASSIGN_OR_RETURN(StateDirectory command_folder, StateDirectory::Open(path + "/commands"));
  CommandFiles commands(std::move(command_folder));
  ASSIGN_OR_RETURN(CommandFiles::Held held, commands.Load());
  std::shared_ptr<grpc::Channel> channel;
  if (!options.coordinator.empty()) {
    ASSIGN_OR_RETURN(channel, CoordinatorChannel(options.coordinator));
  }
  return Ground{std::move(targets),  std::move(settings), std::move(state),  std::move(agent_id),
                std::move(commands), std::move(held),     std::move(channel)};
}

void LogStart(const Options& options, const Ground& ground) {
  for (const absl::Status& problem : ground.held.problems) {
    spdlog::warn("command_record_damaged error=\"{}\"", ToPrintable(MessageOf(problem)));
  }
  spdlog::info("agent_started id={} version={} state={} check_interval_s={}", ground.agent_id, FLEET_VERSION,
               ToPrintable(ground.state.path()), options.check_interval);
  if (ground.channel) {
    spdlog::info("coordinator_set address={}", options.coordinator);
  } else {
    spdlog::info("coordinator_none why=\"working alone; give --coordinator HOST:PORT to report to one\"");
  }
}

// Waits for what is running. Returns whether it has ended.
bool StopWork(Agent& agent, Strand& strand) {
  std::promise<void> done;
  std::promise<bool> repairing;
  strand.Post([&] {
    repairing.set_value(agent.repairing());
    agent.Stop([&] { done.set_value(); });
  });
  const bool patient = repairing.get_future().get();
  if (patient) spdlog::info("agent_stopping why=\"waits for the end of the repair that is running\"");
  return done.get_future().wait_for(patient ? kRepairLimit : kCheckLimit) == std::future_status::ready;
}

int Serve(const Options& options, Ground ground, const Termination& termination) {
  const SystemClock clock;
  Strand timers;  // that no probe can block
  GuardedProbeRunner guarded(clock, timers, ground.state.path());
  DirectProbeRunner direct;
  ProbeRunner& probes = options.no_quarantine ? static_cast<ProbeRunner&>(direct) : guarded;
  LocalWorkstation workstation(clock, ground.targets, ground.state.path(), ground.settings, probes);
  workstation.AllowUnasked(PartsOf(options.unasked, options.config, clock, ground.state.path()));
  Strand strand;
  Strand worker;
  worker.Post([&workstation] {
    RunInBackground();
    workstation.TakeBackInterrupted();
  });
  AgentSettings settings;
  settings.hello = HelloOf(ground.agent_id, options.host_name);
  settings.check_interval = milliseconds(static_cast<std::int64_t>(options.check_interval * 1'000));
  settings.random = SystemRandom();
  Agent agent(std::move(settings), {strand, worker, clock, workstation, ground.commands});
  std::unique_ptr<GrpcTransport> transport;
  if (ground.channel) transport = std::make_unique<GrpcTransport>(ground.channel, strand, agent);
  LogStart(options, ground);
  std::optional<RegularBackups> backups;
  if (!options.no_backups) {
    backups.emplace(clock, ground.targets, ground.state.path(), options.backup_to,
                    milliseconds(ground.settings.sessions_rpo_ms));
  }
  std::optional<RegularDrills> drills;
  if (!options.no_drills) drills.emplace(clock, ground.state.path(), std::chrono::minutes(options.drills_after));
  WatchSettings watch;
  watch.poll_everything = options.poll;
  Watcher watcher(watch, WatchPlan::Of(ground.targets, false), clock, strand, [&agent](ChangeBatch batch) {
    agent.OnChanged({.everything = false, .stores = batch.rescan, .changed = std::move(batch.paths)});
  });
  strand.Post([&] { agent.Start(std::move(ground.held.records), transport.get()); });

  const int signal = termination.Wait();
  spdlog::info("agent_stopping signal={}", signal);
  watcher.Stop();
  if (backups) backups->Stop();
  if (drills) drills->Stop();
  const bool idle = StopWork(agent, strand);
  if (transport) transport->Shutdown(kFarewellLimit);
  if (!idle) {
    // What still runs cannot be interrupted and leaves nothing half done that the next start does not mend.
    guarded.Abandon();
    spdlog::warn("agent_stopped why=\"something was still running\"");
    std::_Exit(0);
  }
  worker.Stop();
  strand.Stop();
  timers.Stop();
  spdlog::info("agent_stopped");
  return 0;
}

int Run(CLI::App& command, Options& options) {
  options.unasked.named = !options.unasked.policy.empty();
  if (!options.config.empty()) {
    if (const absl::Status read = ApplyConfigFile(command, options.config); !read.ok()) return ReportError(read);
  }
  const Termination termination;  // before any thread, and gRPC starts some
  SetUpLog("dgmo-agent", options.verbose);
  absl::StatusOr<Ground> ground = Prepare(options);
  if (!ground.ok()) return ReportError(ground.status());
  return Serve(options, *std::move(ground), termination);
}

}  // namespace

void AddRunCommand(CLI::App& app, int& exit_code) {
  CLI::App* command =
      app.add_subcommand("run", "Stay: check at intervals, report to the coordinator, run its commands");
  auto options = std::make_shared<Options>();
  AddTargetOptions(*command, options->targets);
  command->add_option("--config", options->config, "A file of lines such as: coordinator = \"127.0.0.1:7443\"")
      ->type_name("FILE");
  command->add_option("--coordinator", options->coordinator, "Where the coordinator listens; without one, work alone")
      ->type_name("HOST:PORT");
  command->add_option("--host-name", options->host_name, "Name this machine goes by; without it the host's own");
  AddPatternsOption(*command, options->patterns);
  command->add_option("--check-interval", options->check_interval, "Seconds from check to check")
      ->type_name("S")
      ->capture_default_str();
  command->add_flag("--poll", options->poll, "Look for changes every second instead of being told of them");
  command->add_flag("--no-quarantine", options->no_quarantine,
                    "Never leave a probe out because the agent died in it twice");
  command->add_flag("--no-backups", options->no_backups,
                    "Make no backups of sessions; without it they are made twice "
                    "within --sessions-rpo-minutes when something has changed");
  command->add_option("--backup-to", options->backup_to, "Folder for these backups (default: <home>/backups/sessions)")
      ->type_name("DIR");
  command->add_flag("--no-drills", options->no_drills,
                    "Act out no recovery drills; without it the quick ones are acted out every day and all of them "
                    "every week, on stores made for it");
  command->add_option("--drills-after-minutes", options->drills_after, "How long after the start at the earliest")
      ->check(CLI::Range(0, 100'000))
      ->type_name("N")
      ->capture_default_str();
  command->add_flag("--verbose", options->verbose, "Log more");
  AddUnaskedOptions(*command, options->unasked);
  AddSettingsOptions(*command, options->checks);
  command->callback([command, options, &exit_code] { exit_code = Run(*command, *options); });
}

}  // namespace fleet::agent
