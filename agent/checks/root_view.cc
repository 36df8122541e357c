#include "agent/checks/root_view.h"

#include <algorithm>
#include <cmath>

#include "common/rule_catalogue.h"

namespace fleet::agent {

namespace {

constexpr std::int64_t kFreshMs = 10'000;
constexpr DocumentClass kRelated[] = {DocumentClass::kSession, DocumentClass::kMessage, DocumentClass::kSubsession,
                                      DocumentClass::kIndex, DocumentClass::kShare};

bool IsBelow(std::string_view path, std::string_view directory) {
  return directory.empty() || (path.size() > directory.size() && path[directory.size()] == '/' &&
                               path.substr(0, directory.size()) == directory);
}

// A conversation is one thing; other documents go by their own id.
const std::string& KeyOf(const Place& place) {
  return place.cls == DocumentClass::kMessage ? place.session : place.subject;
}

}  // namespace

RootView::RootView(const RootModel& model, std::int64_t now_ms) : model_(model), now_ms_(now_ms) {
  for (const auto& [path, damaged] : model.damaged)
    damaged_.try_emplace({damaged.place.cls, KeyOf(damaged.place)}, path);
  for (const auto& [path, unreadable] : model.unreadable) MarkUnknown(path, unreadable.is_directory);
  for (const auto& [path, stray] : model.strays) {
    if (stray.kind == Stray::Kind::kUnexpectedType) MarkUnknown(path, true);
    // Files in it are not read, but dgmo shows them as messages.
    if (stray.kind == Stray::Kind::kNestedDirectory) unknown_.emplace(DocumentClass::kMessage, stray.place.session);
  }
}

void RootView::MarkUnknown(const std::string& path, bool is_directory) {
  const Layout& layout = LayoutOf(model_.root.kind);
  const Place place = path.empty() ? Place{} : layout.place(path, false);
  if (place.cls != DocumentClass::kNone) unknown_.emplace(place.cls, KeyOf(place));
  if (!is_directory) return;
  const Place inside = path.empty() ? Place{} : layout.place(path, true);
  if (!inside.session.empty()) {
    unknown_.emplace(DocumentClass::kMessage, inside.session);
    // A session's own directory, as the guide has it, may hold its info too.
    if (inside.area != Area::kMessage) unknown_.emplace(DocumentClass::kSession, inside.session);
  }
  for (const DocumentClass cls : kRelated) {
    if (IsBelow(layout.path_of(cls, "x", "x"), path)) unknown_classes_.insert(cls);
  }
}

bool RootView::IsFresh(std::int64_t mtime_ms) const { return model_.live && std::llabs(now_ms_ - mtime_ms) < kFreshMs; }

Presence RootView::PresenceOf(DocumentClass cls, std::string_view id, bool readable) const {
  if (readable) return Presence::kPresent;
  const std::pair<DocumentClass, std::string> key{cls, std::string(id)};
  if (damaged_.count(key) > 0) return Presence::kPresent;
  return unknown_classes_.count(cls) > 0 || unknown_.count(key) > 0 ? Presence::kUnknown : Presence::kAbsent;
}

Presence RootView::Info(std::string_view id) const {
  return PresenceOf(DocumentClass::kSession, id, model_.sessions.count(std::string(id)) > 0);
}

Presence RootView::Record(std::string_view id) const {
  return PresenceOf(DocumentClass::kSubsession, id, model_.records.count(std::string(id)) > 0);
}

Presence RootView::Index(std::string_view parent) const {
  return PresenceOf(DocumentClass::kIndex, parent, model_.indexes.count(std::string(parent)) > 0);
}

Presence RootView::Messages(std::string_view session) const {
  const auto found = model_.conversations.find(std::string(session));
  const bool any = found != model_.conversations.end() && found->second.messages + found->second.damaged > 0;
  return PresenceOf(DocumentClass::kMessage, session, any);
}

Presence RootView::Share(std::string_view session) const {
  return PresenceOf(DocumentClass::kShare, session, model_.shares.count(std::string(session)) > 0);
}

std::string RootView::PathOf(DocumentClass cls, std::string_view id, const std::string* known) const {
  if (known != nullptr) return *known;
  const auto damaged = damaged_.find({cls, std::string(id)});
  if (damaged != damaged_.end()) return damaged->second;
  return LayoutOf(model_.root.kind).path_of(cls, id, id);
}

std::string RootView::InfoPath(std::string_view id) const {
  const auto found = model_.sessions.find(std::string(id));
  return PathOf(DocumentClass::kSession, id, found == model_.sessions.end() ? nullptr : &found->second.path);
}

std::string RootView::RecordPath(std::string_view id) const {
  const auto found = model_.records.find(std::string(id));
  return PathOf(DocumentClass::kSubsession, id, found == model_.records.end() ? nullptr : &found->second.path);
}

std::string RootView::IndexPath(std::string_view parent) const {
  const auto found = model_.indexes.find(std::string(parent));
  return PathOf(DocumentClass::kIndex, parent, found == model_.indexes.end() ? nullptr : &found->second.path);
}

std::string RootView::SharePath(std::string_view session) const {
  return PathOf(DocumentClass::kShare, session, nullptr);
}

Finding RootView::Draft(std::string_view code, std::string_view subject_id, const std::vector<std::string>& paths,
                        std::string_view identity) const {
  std::vector<std::string> absolute;
  for (const std::string& path : paths) {
    absolute.push_back(path.empty() ? model_.root.path : model_.root.path + "/" + path);
  }
  return DraftFinding(code, RootKindText(model_.root.kind), model_.root.path, subject_id, std::move(absolute),
                      identity);
}

HomeView::HomeView(const HomeModel& home_model, std::int64_t now, const CheckSettings& check_settings)
    : model(home_model), now_ms(now), settings(check_settings) {
  roots.reserve(model.roots.size());
  for (const RootModel& root : model.roots) roots.emplace_back(root, now);
}

Presence HomeView::Info(std::string_view id) const {
  Presence best = Presence::kAbsent;
  for (const RootView& root : roots) best = std::max(best, root.Info(id));
  return best;
}

Presence HomeView::Trace(std::string_view id) const {
  Presence best = Info(id);
  for (const RootView& root : roots) best = std::max(best, root.Messages(id));
  return best;
}

Finding DraftFinding(std::string_view code, std::string_view root_kind, const std::string& root,
                     std::string_view subject_id, std::vector<std::string> paths, std::string_view identity) {
  Finding finding;
  finding.code = code;
  if (const Rule* rule = FindRule(code)) {
    finding.severity = rule->severity;
    finding.component = rule->component;
    SetRepair(finding, rule->repair);
    finding.auto_repair = rule->automatic;
  }
  finding.root_kind = root_kind;
  finding.root = root;
  finding.subject_id = subject_id;
  finding.paths = std::move(paths);
  if (!finding.paths.empty()) finding.path = finding.paths.front();
  finding.fingerprint = Fingerprint(code, root, identity.empty() ? subject_id : identity);
  return finding;
}

std::int64_t IdleMs(std::int64_t now_ms, std::initializer_list<double> times, std::int64_t mtime_ms) {
  constexpr double kOldestMs = 1e11;  // smaller ones are seconds
  double latest = 0;
  for (const double time : times) {
    if (time >= kOldestMs && time <= static_cast<double>(now_ms)) latest = std::max(latest, time);
  }
  return std::max<std::int64_t>(0, now_ms - (latest > 0 ? static_cast<std::int64_t>(latest) : mtime_ms));
}

void SetRepair(Finding& finding, std::string_view repair) {
  finding.repair = repair;
  finding.refusal = RepairRefusal(repair);
}

void RefuseWithoutTraceOf(const RootView& root, const std::string& parent, Finding& finding) {
  if (root.Messages(parent) != Presence::kAbsent || root.Record(parent) != Presence::kAbsent) return;
  finding.refusal = "the parent left neither messages nor a record to rebuild it from";
  finding.auto_repair = false;
}

void AddStat(Finding& finding, const FileStat& stat) {
  finding.evidence["size"] = stat.size;
  finding.evidence["mtime_ms"] = stat.mtime_ms();
}

EvidenceValue NumberEvidence(double value) {
  if (std::trunc(value) == value && std::abs(value) < 9e15) return static_cast<std::int64_t>(value);
  return std::to_string(value);
}

}  // namespace fleet::agent
