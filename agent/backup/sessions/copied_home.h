#pragma once

#include <map>
#include <string>
#include <vector>

#include "agent/backup/manifest.h"
#include "agent/backup/sessions/source.h"
#include "agent/checks/home_model.h"

namespace fleet::agent {

// What a backup holds, as the rules see it: built from the bytes that were saved and not from what lies on the disk by
// then, so that it tells whether the copy is consistent in itself. One thread.
class CopiedHome {
 public:
  explicit CopiedHome(const Home& home);

  // The next source; what follows is of it.
  void Begin(const BackupSource& source, const SourceListing& listing);
  void Add(const SourceFile& file, const FileStat& stat, const PaddedText& bytes);
  void Forget(const std::string& path);

  // What documents of the current source refer to and was not added.
  std::vector<SourceFile> Lacking() const;

  // Conversations of the current source whose session was not added: by the path its info has, their folder.
  std::map<std::string, std::string> ConversationsWithoutInfo() const;

  // Fills in who and where, the counts of each class, and what the rules find in the copy.
  void Describe(SessionManifest& manifest) const;

 private:
  HomeModel model_;
  DocumentParser parser_;
  bool is_root_ = false;  // whether the current source is one
};

}  // namespace fleet::agent
