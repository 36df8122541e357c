#include "agent/qdrant/operation.h"

namespace fleet::agent {

std::vector<std::string> QdrantScene::AllBackups() const {
  std::vector<std::string> folders = {backups};
  for (const std::string& folder : more_backups) {
    if (folder != backups) folders.push_back(folder);
  }
  return folders;
}

}  // namespace fleet::agent
