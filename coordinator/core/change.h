#pragma once

#include <memory>
#include <utility>
#include <variant>

#include "coordinator/core/rows.h"

namespace fleet::coordinator {

// The row of this key from now on; no row means that it goes.
template <class Row>
struct RowChange {
  typename Row::Key key;
  RowPtr<Row> row;
};

using Change = std::variant<RowChange<AgentRow>, RowChange<FindingRow>, RowChange<IncidentRow>, RowChange<TimelineRow>,
                            RowChange<NoticeRow>, RowChange<DispatchRow>, RowChange<CommandRow>, RowChange<LinkRow>>;

template <class Row>
Change Put(Row row) {
  auto key = row.key();
  return RowChange<Row>{std::move(key), std::make_shared<const Row>(std::move(row))};
}

template <class Row>
Change Drop(typename Row::Key key) {
  return RowChange<Row>{std::move(key), nullptr};
}

// Links are memory only.
inline bool IsStored(const Change& change) { return !std::holds_alternative<RowChange<LinkRow>>(change); }

}  // namespace fleet::coordinator
