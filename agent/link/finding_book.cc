#include "agent/link/finding_book.h"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "agent/link/report_parts.h"

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

}  // namespace

bool FindingBook::Put(Finding finding) {
  const auto [at, is_new] = held_.try_emplace(finding.fingerprint);
  Held& held = at->second;
  if (!is_new) finding.first_seen_ms = held.finding.first_seen_ms;
  const bool changed = is_new || held.unknown || Content(held.finding) != Content(finding);
  if (is_new || Content(held.finding) != Content(finding)) {
    held.version = next_version_++;
    held.bytes = BoundedWire(finding).ByteSizeLong();
  }
  held.unknown = false;
  held.finding = std::move(finding);
  return changed;
}

bool FindingBook::Update(std::vector<Finding> found, absl::FunctionRef<bool(const Finding&)> unknown) {
  std::sort(found.begin(), found.end(), Worse);
  constexpr std::size_t kMaxHeld = 2 * kMaxFindings;
  const std::size_t kept = std::min(found.size(), kMaxHeld);
  const auto beyond = static_cast<std::int64_t>(found.size() - kept);
  bool changed = !checked_ || beyond != beyond_;
  beyond_ = beyond;
  checked_ = true;

  std::map<std::string, bool> named;
  for (std::size_t i = 0; i < kept; ++i) {
    // The same fault twice in one check: the first, which is the worst, counts.
    if (!named.emplace(found[i].fingerprint, true).second) continue;
    changed |= Put(std::move(found[i]));
  }
  for (auto entry = held_.begin(); entry != held_.end();) {
    Held& held = entry->second;
    if (named.contains(entry->first)) {
      ++entry;
    } else if (unknown(held.finding) && held_.size() <= 2 * kMaxHeld) {
      changed |= !std::exchange(held.unknown, true);
      ++entry;
    } else {
      changed = true;
      entry = held_.erase(entry);
    }
  }
  changed_ |= changed;
  return changed;
}

bool FindingBook::SetRoots(std::vector<v1::RootFacts> roots) {
  std::size_t bytes = 0;
  std::size_t kept = 0;
  while (kept < roots.size() && (bytes += roots[kept].ByteSizeLong()) <= kMaxRootBytes) ++kept;
  roots.resize(kept);
  if (SameRoots(roots, roots_)) return false;
  roots_ = std::move(roots);
  roots_changed_ = changed_ = true;
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
  changed_ = roots_changed_ = false;
  awaiting_ = next_sequence_ - 1;
  return batch;
}

void FindingBook::Choose(std::vector<const HeldEntry*>& sent, std::vector<const HeldEntry*>& omitted) const {
  for (const HeldEntry& entry : held_) {
    if (!entry.second.unknown) sent.push_back(&entry);
  }
  std::sort(sent.begin(), sent.end(),
            [](const HeldEntry* a, const HeldEntry* b) { return Worse(a->second.finding, b->second.finding); });
  std::size_t bytes = 0;
  std::size_t fit = 0;
  while (fit < sent.size() && fit < kMaxFindings && bytes + sent[fit]->second.bytes <= kMaxBytes) {
    bytes += sent[fit++]->second.bytes;
  }
  omitted.assign(sent.begin() + static_cast<std::ptrdiff_t>(fit), sent.end());
  sent.resize(fit);
}

std::vector<v1::FindingReport> FindingBook::WholeSet() {
  std::vector<const HeldEntry*> sent;
  std::vector<const HeldEntry*> omitted;
  Choose(sent, omitted);
  ReportParts parts;
  for (const HeldEntry* entry : sent) {
    parts.AddFound(BoundedWire(entry->second.finding));
    told_[entry->first] = entry->second.version;
  }
  for (const HeldEntry* entry : omitted) told_[entry->first] = 0;
  for (const auto& [fingerprint, held] : held_) {
    if (held.unknown) told_[fingerprint] = 0;
  }
  for (const auto& [fingerprint, version] : told_) {
    if (version == 0) parts.AddUnknown(fingerprint);
  }
  roots_changed_ = true;
  return Number(parts.Take(), true);
}

std::vector<v1::FindingReport> FindingBook::Differences() {
  std::vector<const HeldEntry*> sent;
  std::vector<const HeldEntry*> omitted;
  Choose(sent, omitted);
  ReportParts parts;
  for (const HeldEntry* entry : sent) {
    std::uint64_t& told = told_[entry->first];
    if (std::exchange(told, entry->second.version) == entry->second.version) continue;
    parts.AddFound(BoundedWire(entry->second.finding));
  }
  for (auto entry = told_.begin(); entry != told_.end();) {
    // With more findings than the book holds, one it does not hold need not be gone.
    if (held_.contains(entry->first) || (beyond_ > 0 && told_.size() <= 4 * kMaxFindings)) {
      ++entry;
      continue;
    }
    parts.AddGone(entry->first);
    entry = told_.erase(entry);
  }
  return Number(parts.Take(), false);
}

std::vector<v1::FindingReport> FindingBook::Number(std::vector<v1::FindingReport> parts, bool full) {
  std::int64_t open = 0;
  std::int64_t told = 0;
  for (const auto& [fingerprint, held] : held_) {
    if (held.unknown) continue;
    ++open;
    const auto at = told_.find(fingerprint);
    if (at != told_.end() && at->second == held.version) ++told;
  }
  if (roots_changed_) parts.front().mutable_roots()->Assign(roots_.begin(), roots_.end());
  for (v1::FindingReport& part : parts) {
    part.set_sequence(next_sequence_++);
    part.set_full(full);
    part.set_more(full && &part != &parts.back());
    part.set_omitted(open - told + beyond_);
    part.set_repairing(repairing_);
  }
  return parts;
}

std::vector<Finding> FindingBook::Findings() const {
  std::vector<Finding> findings;
  findings.reserve(held_.size());
  for (const auto& [fingerprint, held] : held_) findings.push_back(held.finding);
  std::sort(findings.begin(), findings.end(), Worse);
  return findings;
}

Health FindingBook::health() const {
  std::int64_t counts[kSeverities] = {};
  for (const auto& [fingerprint, held] : held_) ++counts[static_cast<int>(held.finding.severity)];
  return HealthOf(counts, repairing_);
}

}  // namespace fleet::agent
