#pragma once

namespace fleet::agent {

// Whether changes made elsewhere (another machine, Windows around WSL) reach this kernel without an event: network file
// systems, 9p and FUSE. Such folders are polled.
bool HasSilentChanges(int folder);

}  // namespace fleet::agent
