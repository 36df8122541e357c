#pragma once

#include <absl/status/status.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/bundle/redaction.h"
#include "agent/checks/home_model.h"
#include "agent/checks/machine_model.h"
#include "common/finding.h"

namespace fleet::agent {

// What a bundle is made from: what was looked at anyway. Sections look at nothing of the user's but logs and
// configurations: no message, no share, no credentials.
struct BundleInput {
  const std::vector<HomeModel>& homes;
  const MachineModel& machine;
  const std::vector<Finding>& findings;  // already redacted
  std::string state;                     // the agent's own folder
  std::int64_t now_ms = 0;
};

// Files of an escalation bundle, as they are gathered, and the text report that sums them up. One thread.
class Bundle {
 public:
  static constexpr std::size_t kLargestMember = 4 << 20;
  static constexpr std::size_t kMostMembers = 256;

  struct Member {
    std::string path;
    std::string bytes;
  };

  // Adds a file; what is beyond the limits is left out, which the manifest says.
  void Add(std::string path, std::string bytes);
  // Adds a part to report.txt.
  void Report(std::string_view title, std::string_view text);
  // Something that could not be gathered; told in the manifest.
  void Problem(std::string text) { problems_.push_back(std::move(text)); }

  // Adds report.txt and, last, manifest.json: every member with its size and SHA-256, what was redacted, versions.
  void Finish(const Redactor& redactor, std::int64_t now_ms, bool anonymised);

  const std::vector<Member>& members() const { return members_; }

 private:
  std::vector<Member> members_;
  std::string report_;
  std::vector<std::string> problems_;
};

// One part of a bundle.
struct Section {
  std::string_view name;
  void (*add)(const BundleInput& input, Redactor& redactor, Bundle& bundle);
};

// Runs every section of the table in sections.cc.
void AddSections(const BundleInput& input, Redactor& redactor, Bundle& bundle);

// Writes the members as tar.zst (0600) that appears whole, or not at all. AlreadyExists without `force` when something
// is there; never follows a link. Blocks on the disk.
absl::Status WriteBundle(const Bundle& bundle, const std::string& path, bool force, std::int64_t now_ms);

}  // namespace fleet::agent
