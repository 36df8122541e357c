#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "agent/store/document.h"
#include "agent/store/file_stat.h"

namespace fleet::agent {

// One document that lies in several roots and is not the same in all of them.
struct DifferingDocument {
  struct Copy {
    std::string root;  // absolute
    std::string path;  // below the root
    FileStat stat;
    std::string sha256;
  };
  DocumentClass cls = DocumentClass::kNone;
  std::string id;
  std::vector<Copy> copies;
};

// What differs of one session between the roots that know it: its info, record and index first, then its messages.
struct DifferingSession {
  std::vector<DifferingDocument> documents;  // the first ones: enough to look at
  std::int64_t count = 0;                    // of all
  std::int64_t messages = 0;                 // among them
};

// Documents of the same id in two roots or more whose bytes differ; by session id.
struct DuplicateFacts {
  std::map<std::string, DifferingSession> sessions;
};

}  // namespace fleet::agent
