#include <sys/resource.h>

#include <cerrno>
#include <optional>
#include <utility>

#include "agent/probe/processes.h"
#include "agent/repair/held_process.h"
#include "agent/repair/repairs/services.h"
#include "common/status.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

std::string Named(const HeldProcess& process) {
  return ToUtf8(process.info().name) + " (process " + std::to_string(process.pid()) + ")";
}

// What lasts is a person's to write: units and limits are the machine's, not dgmo's.
std::string Advice(const HeldProcess& process, rlim_t wanted) {
  const std::string limit = std::to_string(wanted);
  return "this lasts until it ends; for good, put LimitNOFILE=" + limit + " into its service's unit, or `" +
         std::to_string(process.info().uid) + ":" + std::to_string(process.info().uid) + " soft nofile " + limit +
         "` into /etc/security/limits.conf";
}

struct Limited {
  HeldProcess process;
  rlimit limit;
};

absl::Status PrLimit(const HeldProcess& process, const rlimit* fresh, rlimit* now) {
  if (prlimit(process.pid(), RLIMIT_NOFILE, fresh, now) != 0) {
    return FromErrno(errno, "cannot change the limits of " + Named(process));
  }
  // Had it ended before, this would have been about another process of that number.
  return process.Runs() ? absl::OkStatus() : NotFound(Named(process) + " has ended");
}

bool IsProgram(const ProcessInfo& process, const std::string& program) {
  return program == "dgmo" ? process.runs_dgmo : process.name == program;
}

// The process that the finding is about, with its limits, or why there is nothing to raise.
std::variant<Limited, Refusal> Look(const ServiceContext& context, const Finding& finding) {
  const auto pid = finding.evidence.find("pid");
  if (pid == finding.evidence.end() || !std::holds_alternative<std::int64_t>(pid->second)) {
    return Refusal{"not_a_process",
                   "all programs of the machine together have that many files open; find the one that does not close "
                   "them, or have an administrator raise fs.file-max"};
  }
  absl::StatusOr<HeldProcess> process = HeldProcess::Open(static_cast<int>(std::get<std::int64_t>(pid->second)));
  if (absl::IsNotFound(process.status())) return Refusal{"process_ended", MessageOf(process.status())};
  if (!process.ok()) return Refusal{"no_permission", MessageOf(process.status())};
  if (!IsProgram(process->info(), finding.subject_id)) {
    return Refusal{"process_ended", "process " + std::to_string(process->pid()) + " is another program now"};
  }
  if (!IsOfAHome(process->info(), context)) {
    return Refusal{"foreign_process", Named(*process) + " belongs to another user; only its own may change it"};
  }
  rlimit limit{};
  if (const absl::Status read = PrLimit(*process, nullptr, &limit); !read.ok()) {
    return Refusal{absl::IsNotFound(read) ? "process_ended" : "no_permission", MessageOf(read)};
  }
  if (limit.rlim_cur >= limit.rlim_max) {
    return Refusal{"at_hard_limit", Named(*process) + " has its hard limit of " + std::to_string(limit.rlim_max) +
                                        " already: restart it, and give it more with LimitNOFILE= in its service's "
                                        "unit or `hard nofile` in /etc/security/limits.conf"};
  }
  return Limited{*std::move(process), limit};
}

ServiceAnswer PlanFdLimit(const ServiceContext& context, const Finding& finding) {
  std::variant<Limited, Refusal> looked = Look(context, finding);
  if (auto* refusal = std::get_if<Refusal>(&looked)) return std::move(*refusal);
  const auto& [process, limit] = std::get<Limited>(looked);
  return ServicePlan{{"raise the limit of open files of " + Named(process) + " from " + std::to_string(limit.rlim_cur) +
                      " to its hard limit of " + std::to_string(limit.rlim_max)},
                     Advice(process, limit.rlim_max)};
}

ServiceOutcome ApplyFdLimit(const ServiceContext& context, const Finding& finding) {
  std::variant<Limited, Refusal> looked = Look(context, finding);
  if (auto* refusal = std::get_if<Refusal>(&looked)) {
    return {Outcome::kRefused, std::move(refusal->reason), std::move(refusal->text)};
  }
  const auto& [process, limit] = std::get<Limited>(looked);
  const rlimit raised = {limit.rlim_max, limit.rlim_max};
  if (const absl::Status set = PrLimit(process, &raised, nullptr); !set.ok()) {
    return {Outcome::kFailed, absl::IsNotFound(set) ? "process_ended" : "no_permission", MessageOf(set)};
  }
  ProcessInfo now = process.info();
  AddDescriptors(now);
  if (!now.descriptors)
    return {Outcome::kFailed, "not_verified", "the open files of " + Named(process) + " are hidden"};
  const double used = 100.0 * static_cast<double>(now.descriptors->open);
  if (used > context.settings.fd_used_percent * static_cast<double>(now.descriptors->soft_limit)) {
    return {Outcome::kFailed, "not_cured",
            Named(process) + " has " + std::to_string(now.descriptors->open) +
                " files open, which is near its hard limit, too: it may not close what it opens; restart it"};
  }
  return {Outcome::kApplied, "",
          "from " + std::to_string(limit.rlim_cur) + " to " + std::to_string(limit.rlim_max) + "; " +
              Advice(process, limit.rlim_max)};
}

}  // namespace

const ServiceRepair kFdLimit = {.id = "R-FDLIMIT", .plan = PlanFdLimit, .apply = ApplyFdLimit};

}  // namespace fleet::agent
