#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/checks/home_model.h"
#include "agent/checks/settings.h"
#include "common/finding.h"

namespace fleet::agent {

// Whether something is there. Damaged files are there; what could not be looked at is neither there nor missing.
enum class Presence : std::uint8_t { kAbsent, kUnknown, kPresent };

// A root as the rules ask about it. Built once a check; refers to the model.
class RootView {
 public:
  RootView(const RootModel& model, std::int64_t now_ms);

  const RootModel& model() const { return model_; }
  std::int64_t now_ms() const { return now_ms_; }

  // dgmo may be in the middle of writing this and what belongs to it.
  bool IsFresh(std::int64_t mtime_ms) const;

  Presence Info(std::string_view id) const;
  Presence Record(std::string_view id) const;
  Presence Index(std::string_view parent) const;
  Presence Messages(std::string_view session) const;  // at least one message file
  Presence Share(std::string_view session) const;

  // Relative to the root: where the file is, or where it would belong.
  std::string InfoPath(std::string_view id) const;
  std::string RecordPath(std::string_view id) const;
  std::string IndexPath(std::string_view parent) const;
  std::string SharePath(std::string_view session) const;

  // A finding as the catalogue describes the code, about this root. `paths` are relative to it. The fault is identified
  // by `identity`, or by the subject when that is empty.
  Finding Draft(std::string_view code, std::string_view subject_id, const std::vector<std::string>& paths,
                std::string_view identity = "") const;

 private:
  void MarkUnknown(const std::string& path, bool is_directory);
  Presence PresenceOf(DocumentClass cls, std::string_view id, bool readable) const;
  std::string PathOf(DocumentClass cls, std::string_view id, const std::string* known) const;

  const RootModel& model_;
  const std::int64_t now_ms_;
  std::map<std::pair<DocumentClass, std::string>, std::string> damaged_;  // class and id, to path
  std::set<std::pair<DocumentClass, std::string>> unknown_;
  std::set<DocumentClass> unknown_classes_;
};

// All roots of a home.
struct HomeView {
  HomeView(const HomeModel& home_model, std::int64_t now, const CheckSettings& check_settings = {});

  const HomeModel& model;
  std::int64_t now_ms;
  CheckSettings settings;
  std::vector<RootView> roots;

  // In any root.
  Presence Info(std::string_view id) const;
  // Info or messages, in any root: whether a session left anything of its own.
  Presence Trace(std::string_view id) const;
};

// The part of Draft that needs no root.
Finding DraftFinding(std::string_view code, std::string_view root_kind, const std::string& root,
                     std::string_view subject_id, std::vector<std::string> paths, std::string_view identity = "");

// How long ago the latest of these times was (ms). Times that no dgmo can have written, or that are still to come, tell
// nothing; when none tells, the time of the file does.
std::int64_t IdleMs(std::int64_t now_ms, std::initializer_list<double> times, std::int64_t mtime_ms);

// Names a repair other than the catalogue's first choice.
void SetRepair(Finding& finding, std::string_view repair);

// For findings whose cure is to rebuild `parent`: refuses when it left nothing to rebuild it from.
void RefuseWithoutTraceOf(const RootView& root, const std::string& parent, Finding& finding);

void AddStat(Finding& finding, const FileStat& stat);  // evidence size and mtime_ms
EvidenceValue NumberEvidence(double value);            // as text when it is no whole number

}  // namespace fleet::agent
