#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/finding_wire.h"
#include "dgmo/fleet/v1/agent_gateway.pb.h"

namespace fleet::agent {

// What is wrong with this machine now, and how much of that the coordinator has been told on the current stream. One
// thread, no I/O. Only the last batch of reports can be unacknowledged; changes meanwhile wait and are told together.
// Whatever was in flight when a stream ended is covered by the whole set that opens the next one.
class FindingBook {
 public:
  // The book holds at most this many findings, and bytes of them on the wire, worst first; the rest is counted.
  static constexpr std::size_t kMaxFindings = 10'000;
  static constexpr std::size_t kMaxBytes = 16 * 1024 * 1024;
  static constexpr std::size_t kMaxRoots = 1'000;  // facts of roots beyond are left out
  static constexpr std::size_t kMaxRootBytes = 256 * 1024;
  static constexpr std::size_t kMaxUnknownPaths = 256;  // more of them: nothing counts as gone

  // Takes what a check found, and the absolute paths it could not look at. A finding the book has and the check did not
  // name is gone, unless it lies below one of those. Returns whether anything is different but the time it was last
  // seen.
  bool Update(std::vector<Finding> found, std::vector<std::string> unknown_paths);
  bool SetRoots(std::vector<v1::RootFacts> roots);
  bool SetDrill(const std::optional<v1::DrillFacts>& last);
  bool SetRepairing(bool repairing);

  // A new stream begins: nothing is known to have arrived.
  void StreamOpened();
  // What to send next, in order: the whole set first, then differences. Empty when there is nothing to tell, before
  // the first check, and while the last batch is not acknowledged.
  std::vector<v1::FindingReport> TakeBatch();
  bool awaiting() const { return awaiting_ != 0; }
  // Returns whether this ended the wait for an acknowledgement; repeated and strange numbers do nothing.
  bool Acknowledge(std::uint64_t sequence);

  struct Held {
    Finding finding;
    std::size_t bytes = 0;      // on the wire
    std::uint64_t version = 0;  // grows when the finding changes
    bool unknown = false;       // nobody could look at its subject
  };
  const std::map<std::string, Held>& held() const { return held_; }  // by fingerprint
  std::int64_t omitted() const { return omitted_; }
  const std::vector<v1::RootFacts>& roots() const { return roots_; }
  Health health() const;

 private:
  Held Renew(Finding finding, const Held* before);
  // The worst of them, as many as the bounds allow.
  void Keep(std::vector<Held> candidates);
  std::vector<v1::FindingReport> WholeSet();
  std::vector<v1::FindingReport> Differences();
  std::vector<v1::FindingReport> Number(std::vector<v1::FindingReport> parts, bool full);

  std::map<std::string, Held> held_;
  std::vector<v1::RootFacts> roots_;
  std::optional<v1::DrillFacts> last_drill_;
  std::vector<std::string> unknown_paths_;
  std::int64_t omitted_ = 0;
  std::uint64_t next_version_ = 1;
  bool repairing_ = false;
  bool checked_ = false;

  // What has been told on the current stream: version by fingerprint, 0 for those that are unknown.
  std::map<std::string, std::uint64_t> told_;
  bool whole_told_ = false;
  bool changed_ = false;        // since the last batch was taken
  bool roots_changed_ = false;  // since roots were last sent
  bool drill_changed_ = false;
  std::uint64_t next_sequence_ = 1;
  std::uint64_t awaiting_ = 0;  // the last sequence number of the unacknowledged batch
};

}  // namespace fleet::agent
