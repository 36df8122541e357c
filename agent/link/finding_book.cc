#include "agent/link/finding_book.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "agent/link/report_parts.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

bool Worse(const Finding& a, const Finding& b) {
  return std::tie(a.severity, a.first_seen_ms, a.fingerprint) < std::tie(b.severity, b.first_seen_ms, b.fingerprint);
}

// Everything but the times it was seen.
auto Content(const Finding& f) {
  return std::tie(f.code, f.severity, f.component, f.root_kind, f.root, f.path, f.paths, f.subject_id, f.evidence,
                  f.repair, f.auto_repair, f.refusal);
}

bool SameRoots(const std::vector<v1::RootFacts>& a, const std::vector<v1::RootFacts>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const v1::RootFacts& x, const v1::RootFacts& y) {
    return x.kind() == y.kind() && x.path() == y.path() && x.sessions() == y.sessions() && x.messages() == y.messages();
  });
}

bool SameEntry(const std::pair<const std::string, FindingBook::Held>& a,
               const std::pair<const std::string, FindingBook::Held>& b) {
  return a.first == b.first && a.second.version == b.second.version && a.second.unknown == b.second.unknown;
}

}  // namespace

FindingBook::Held FindingBook::Renew(Finding finding, const Held* before) {
  Held held;
  if (before != nullptr) finding.first_seen_ms = before->finding.first_seen_ms;
  if (before != nullptr && Content(before->finding) == Content(finding)) {
    held.bytes = before->bytes;
    held.version = before->version;
  } else {
    held.bytes = BoundedWire(finding).ByteSizeLong();
    held.version = next_version_++;
  }
  held.finding = std::move(finding);
  return held;
}

bool FindingBook::Update(std::vector<Finding> found, std::vector<std::string> unknown_paths) {
  if (unknown_paths.size() > kMaxUnknownPaths) unknown_paths = {"/"};
  // Only a whole set says what is unknown: what can be looked at again, and is not there, is gone by the next one.
  const bool unknown_changed = unknown_paths != unknown_paths_;
  if (unknown_changed) whole_told_ = false;
  unknown_paths_ = std::move(unknown_paths);
  // The same fault twice in one check: the worse one counts.
  std::sort(found.begin(), found.end(), Worse);
  std::map<std::string, Held> before = std::exchange(held_, {});
  std::set<std::string> named;
  std::vector<Held> candidates;
  for (Finding& finding : found) {
    if (!named.insert(finding.fingerprint).second) continue;
    const auto old = before.find(finding.fingerprint);
    candidates.push_back(Renew(std::move(finding), old == before.end() ? nullptr : &old->second));
  }
  for (const auto& [fingerprint, old] : before) {
    if (named.contains(fingerprint) || !IsBelowAny(old.finding, unknown_paths_)) continue;
    candidates.push_back(old);
    candidates.back().unknown = true;
  }
  const std::int64_t omitted = omitted_;
  Keep(std::move(candidates));
  const bool changed = !std::exchange(checked_, true) || omitted != omitted_ || unknown_changed ||
                       !std::equal(held_.begin(), held_.end(), before.begin(), before.end(), SameEntry);
  changed_ |= changed;
  return changed;
}

void FindingBook::Keep(std::vector<Held> candidates) {
  std::sort(candidates.begin(), candidates.end(),
            [](const Held& a, const Held& b) { return Worse(a.finding, b.finding); });
  std::size_t bytes = 0;
  omitted_ = 0;
  for (Held& held : candidates) {
    if (held_.size() < kMaxFindings && bytes + held.bytes <= kMaxBytes) {
      bytes += held.bytes;
      held_.emplace(held.finding.fingerprint, std::move(held));
    } else if (!held.unknown) {
      ++omitted_;
    }
  }
}

bool FindingBook::SetRoots(std::vector<v1::RootFacts> roots) {
  std::size_t bytes = 0;
  std::size_t kept = 0;
  while (kept < std::min(roots.size(), kMaxRoots) && (bytes += roots[kept].ByteSizeLong()) <= kMaxRootBytes) ++kept;
  roots.resize(kept);
  if (SameRoots(roots, roots_)) return false;
  roots_ = std::move(roots);
  roots_changed_ = changed_ = true;
  return true;
}

bool FindingBook::SetDrill(const std::optional<v1::DrillFacts>& last) {
  if (!last || (last_drill_ && last_drill_->began_ms() == last->began_ms())) return false;
  last_drill_ = last;
  drill_changed_ = changed_ = true;
  return true;
}

bool FindingBook::SetRepairing(bool repairing) {
  if (repairing == repairing_) return false;
  repairing_ = repairing;
  changed_ = true;
  return true;
}

void FindingBook::StreamOpened() {
  told_.clear();
  whole_told_ = false;
  next_sequence_ = 1;
  awaiting_ = 0;
}

bool FindingBook::Acknowledge(std::uint64_t sequence) {
  if (awaiting_ == 0 || sequence < awaiting_ || sequence >= next_sequence_) return false;
  awaiting_ = 0;
  return true;
}

std::vector<v1::FindingReport> FindingBook::TakeBatch() {
  if (!checked_ || awaiting()) return {};
  if (whole_told_ && !changed_) return {};
  std::vector<v1::FindingReport> batch = whole_told_ ? Differences() : WholeSet();
  whole_told_ = true;
  changed_ = roots_changed_ = drill_changed_ = false;
  awaiting_ = next_sequence_ - 1;
  return batch;
}

std::vector<v1::FindingReport> FindingBook::WholeSet() {
  std::vector<const Held*> worst_first;
  for (const auto& [fingerprint, held] : held_) worst_first.push_back(&held);
  std::sort(worst_first.begin(), worst_first.end(),
            [](const Held* a, const Held* b) { return Worse(a->finding, b->finding); });
  ReportParts parts;
  for (const Held* held : worst_first) {
    told_[held->finding.fingerprint] = held->unknown ? 0 : held->version;
    if (!held->unknown) parts.AddFound(BoundedWire(held->finding));
  }
  roots_changed_ = drill_changed_ = true;
  return Number(parts.Take(), true);
}

std::vector<v1::FindingReport> FindingBook::Differences() {
  ReportParts parts;
  // First what is gone, so that the coordinator never counts more than the bound.
  for (auto entry = told_.begin(); entry != told_.end();) {
    if (held_.contains(entry->first)) {
      ++entry;
    } else {
      parts.AddGone(entry->first);
      entry = told_.erase(entry);
    }
  }
  for (const auto& [fingerprint, held] : held_) {
    // What turns unknown stays as it was told.
    if (held.unknown || std::exchange(told_[fingerprint], held.version) == held.version) continue;
    parts.AddFound(BoundedWire(held.finding));
  }
  return Number(parts.Take(), false);
}

std::vector<v1::FindingReport> FindingBook::Number(std::vector<v1::FindingReport> parts, bool full) {
  if (roots_changed_) parts.front().mutable_roots()->Assign(roots_.begin(), roots_.end());
  if (drill_changed_ && last_drill_) *parts.back().mutable_last_drill() = *last_drill_;
  if (full) {
    for (const std::string& path : unknown_paths_) parts.front().add_unknown_paths(ToUtf8(path));
  }
  for (v1::FindingReport& part : parts) {
    part.set_sequence(next_sequence_++);
    part.set_full(full);
    part.set_more(full && &part != &parts.back());
    part.set_omitted(omitted_);
    part.set_repairing(repairing_);
  }
  return parts;
}

Health FindingBook::health() const {
  std::int64_t counts[kSeverities] = {};
  for (const auto& [fingerprint, held] : held_) ++counts[static_cast<int>(held.finding.severity)];
  return HealthOf(counts, repairing_);
}

}  // namespace fleet::agent
