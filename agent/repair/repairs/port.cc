#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "agent/probe/listeners.h"
#include "agent/probe/loopback.h"
#include "agent/probe/processes.h"
#include "agent/repair/held_process.h"
#include "agent/repair/repairs/services.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds kGrace{10'000};  // to end by itself
constexpr milliseconds kDying{2'000};   // to be gone when it was killed
constexpr milliseconds kStep{100};
// A server may have children that hold the same socket; more than this is no accident.
constexpr int kMostHolders = 16;

std::optional<std::uint16_t> PortOfUrl(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find('/'));
  const std::size_t colon = url.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(url.data() + colon + 1, url.data() + url.size(), port);
  return error == std::errc() && end == url.data() + url.size() && port > 0 ? std::optional(port) : std::nullopt;
}

// Of a conflict its port; of a Qdrant that answers as something else, the port of its address on this machine.
std::optional<std::uint16_t> PortOf(const ServiceContext& context, const Finding& finding) {
  const auto port = finding.evidence.find("port");
  if (port != finding.evidence.end() && std::holds_alternative<std::int64_t>(port->second)) {
    return static_cast<std::uint16_t>(std::get<std::int64_t>(port->second));
  }
  for (const HomeModel* home : context.homes) {
    if (home->qdrant && home->qdrant->local && home->qdrant->url == finding.root) return PortOfUrl(finding.root);
  }
  return std::nullopt;
}

std::string Named(const ProcessInfo& process) {
  return ToUtf8(process.name) + " (process " + std::to_string(process.pid) + ")";
}

bool IsExpected(const ProcessInfo& process, const CheckSettings& settings) {
  const std::string program = process.exe.empty() ? process.name : BaseName(process.exe);
  const auto is_it = [&](const std::string& name) { return name == program || name == process.name; };
  return process.runs_dgmo || std::any_of(settings.qdrant_programs.begin(), settings.qdrant_programs.end(), is_it);
}

// Why its owner may not be ended.
std::optional<Refusal> WhyNot(const Listener& listener, const ServiceContext& context) {
  const ProcessInfo& owner = listener.owner;
  const std::string port = "port " + std::to_string(listener.port);
  if (owner.pid == 0) {
    return Refusal{"owner_hidden",
                   "this user may not see who listens on " + port + "; an administrator may (ss -ltnp)"};
  }
  if (!IsOfAHome(owner, context)) {
    return Refusal{"foreign_process",
                   Named(owner) + " on " + port + " belongs to another user; only its own may end it"};
  }
  if (owner.pid == 1 || owner.pid == getpid()) return Refusal{"is_system", Named(owner) + " is not to be ended"};
  if (IsExpected(owner, context.settings)) {
    return Refusal{"is_expected", Named(owner) + " is what may listen on " + port + ": it is not ended"};
  }
  if (AnswersAsQdrant(listener.port, listener.family, milliseconds(context.settings.qdrant_connect_limit_ms))) {
    return Refusal{"is_qdrant", Named(owner) + " on " + port + " answers as Qdrant: it is not ended"};
  }
  return std::nullopt;
}

struct Holder {
  Listener listener;
  HeldProcess process;
};

bool Holds(int pid, std::uint64_t inode) {
  const std::vector<std::string> files = OpenFiles(pid);
  return std::find(files.begin(), files.end(), "socket:[" + std::to_string(inode) + "]") != files.end();
}

// Who is to be ended next: the first that may be, when nobody who listens there may not.
std::variant<Holder, Refusal> Look(std::uint16_t port, const ServiceContext& context) {
  const absl::StatusOr<std::vector<Listener>> listeners = ListenersOn(port);
  if (!listeners.ok()) return Refusal{"cannot_look", MessageOf(listeners.status())};
  if (listeners->empty()) {
    return Refusal{"port_is_free", "nobody listens on port " + std::to_string(port) + " any more"};
  }
  for (const Listener& listener : *listeners) {
    if (std::optional<Refusal> refusal = WhyNot(listener, context)) return *std::move(refusal);
  }
  const Listener& first = listeners->front();
  absl::StatusOr<HeldProcess> process = HeldProcess::Open(first.owner.pid);
  // Only of the one that is held it is sure that it is not another with the same number.
  if (!process.ok() || process->info().uid != first.owner.uid || !Holds(first.owner.pid, first.inode)) {
    return Refusal{"owner_changed", "who listens on port " + std::to_string(port) + " has just changed; try again"};
  }
  return Holder{first, *std::move(process)};
}

std::optional<Refusal> NoPort(const std::optional<std::uint16_t>& port) {
  if (port) return std::nullopt;
  return Refusal{"not_here", "the address is not a port of this machine; look at the machine that it names"};
}

ServiceAnswer PlanPort(const ServiceContext& context, const Finding& finding) {
  const std::optional<std::uint16_t> port = PortOf(context, finding);
  if (auto refusal = NoPort(port)) return *std::move(refusal);
  std::variant<Holder, Refusal> looked = Look(*port, context);
  if (auto* refusal = std::get_if<Refusal>(&looked)) return std::move(*refusal);
  const ProcessInfo& owner = std::get<Holder>(looked).process.info();
  return ServicePlan{{"ask " + Named(owner) + ", which listens on port " + std::to_string(*port) + ", to end (SIGTERM)",
                      "end it (SIGKILL) when it still runs after 10 seconds"},
                     "what it has not saved is lost; programs that are only connected to the port are left alone"};
}

bool Ends(const HeldProcess& process, milliseconds limit, const ServiceContext& context) {
  for (milliseconds waited{0}; process.Runs() && waited < limit; waited += kStep) context.pause(kStep);
  return !process.Runs();
}

// The sentence of what it took; an error when it still runs.
absl::StatusOr<std::string> End(const HeldProcess& process, const ServiceContext& context) {
  const absl::Status asked = process.Signal(SIGTERM);
  if (absl::IsNotFound(asked)) return Named(process.info()) + " had ended already";
  if (!asked.ok()) return asked;
  if (Ends(process, kGrace, context)) return Named(process.info()) + " ended when it was asked to";
  const absl::Status killed = process.Signal(SIGKILL);
  if (!killed.ok() && !absl::IsNotFound(killed)) return killed;
  if (Ends(process, kDying, context)) return Named(process.info()) + " did not end when asked and was killed";
  return Unavailable(Named(process.info()) + " was killed and is still there: it waits for a device");
}

ServiceOutcome ApplyPort(const ServiceContext& context, const Finding& finding) {
  const std::optional<std::uint16_t> port = PortOf(context, finding);
  if (auto refusal = NoPort(port)) return {Outcome::kRefused, refusal->reason, refusal->text};
  std::string text;
  std::optional<std::uint64_t> socket;
  for (int holder = 0; holder < kMostHolders; ++holder) {
    std::variant<Holder, Refusal> looked = Look(*port, context);
    if (auto* refusal = std::get_if<Refusal>(&looked)) {
      if (!socket) return {Outcome::kRefused, std::move(refusal->reason), std::move(refusal->text)};
      if (refusal->reason != "port_is_free") return {Outcome::kFailed, refusal->reason, text + "; " + refusal->text};
      return {Outcome::kApplied, "", text + "; port " + std::to_string(*port) + " is free"};
    }
    const Holder& found = std::get<Holder>(looked);
    if (socket && *socket != found.listener.inode) {
      return {Outcome::kFailed, "came_back",
              text + "; " + Named(found.process.info()) +
                  " listens there now: something starts it again; stop that, or give it another port"};
    }
    socket = found.listener.inode;
    const absl::StatusOr<std::string> ended = End(found.process, context);
    text += (text.empty() ? "" : ", ") + (ended.ok() ? *ended : MessageOf(ended.status()));
    if (!ended.ok()) return {Outcome::kFailed, "still_runs", text};
  }
  return {Outcome::kFailed, "not_cured", text + "; others still hold the same socket"};
}

}  // namespace

const ServiceRepair kPort = {.id = "R-PORT", .needs_consent = true, .plan = PlanPort, .apply = ApplyPort};

}  // namespace fleet::agent
