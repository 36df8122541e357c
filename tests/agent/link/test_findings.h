#pragma once

#include <string>
#include <vector>

#include "common/finding.h"

namespace fleet::agent {

inline Finding MakeFinding(const std::string& subject, Severity severity = Severity::kP2, std::int64_t now_ms = 1000) {
  Finding finding;
  finding.code = "SUBSESSION_INDEX_MISSING";
  finding.severity = severity;
  finding.component = "store";
  finding.root_kind = std::string(1, 'U');
  finding.root = "/home/a/data";
  finding.path = std::string("/home/a/data/storage/session/").append(subject).append(".json");
  finding.subject_id = subject;
  finding.fingerprint = Fingerprint(finding.code, finding.root, subject);
  finding.first_seen_ms = finding.last_seen_ms = now_ms;
  return finding;
}

// What a check could not look at: nothing, everything.
inline const std::vector<std::string> kKnown = {};
inline const std::vector<std::string> kUnknown = {"/home/a/data"};

}  // namespace fleet::agent
