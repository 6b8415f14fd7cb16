// Runs inside the report: sorting, filtering, "show all" and CSV of every element with [data-sortable]. No library, no request.
'use strict';
for (const box of document.querySelectorAll('[data-sortable]')) {
  const body = box.querySelector('tbody');
  const headers = [...box.querySelectorAll('thead th')];
  const filter = box.querySelector('[data-filter]');
  const all = box.querySelector('[data-all]');
  const shown = box.querySelector('[data-shown]');
  // A row is a tall card on a phone: fewer of them make a page.
  const pageSize = Number(box.dataset.pageSize) / (matchMedia('(max-width: 760px)').matches ? 2 : 1);
  const [singular, plural] = box.dataset.noun.split('|');
  const rows = [...body.rows];
  const searchText = new Map(rows.map((row) => [row, row.textContent.toLocaleLowerCase()]));
  const number = (value) => value.toLocaleString('en-GB');
  let expanded = false;

  function show() {
    const words = filter.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    const matching = new Set(rows.filter((row) => words.every((word) => searchText.get(row).includes(word))));
    let visible = 0;
    for (const row of body.rows) {
      row.hidden = !matching.has(row) || (!expanded && visible >= pageSize);
      if (!row.hidden) visible += 1;
    }
    const noun = rows.length === 1 ? singular : plural;
    shown.textContent = visible === rows.length ? `${number(rows.length)} ${noun}` : `${number(visible)} of ${number(rows.length)} ${noun}`;
    all.hidden = visible === matching.size;
    all.textContent = `Show all ${number(matching.size)}`;
  }

  function compare(index, direction) {
    const sign = direction === 'ascending' ? 1 : -1;
    const numeric = headers[index].classList.contains('numeric');
    const value = (row) => row.cells[index].dataset.value;
    return (left, right) => {
      const [a, b] = [value(left), value(right)];
      // A row without a value comes last in both directions.
      if (a === '' || b === '') return Number(a === '') - Number(b === '');
      return sign * (numeric ? Number(a) - Number(b) : a.localeCompare(b, 'en', { numeric: true, sensitivity: 'base' }));
    };
  }

  headers.forEach((header, index) => {
    header.querySelector('button')?.addEventListener('click', (event) => {
      const opposite = { ascending: 'descending', descending: 'ascending' };
      const direction = opposite[header.ariaSort] ?? event.currentTarget.dataset.first;
      for (const each of headers) if (each.ariaSort) each.ariaSort = each === header ? direction : 'none';
      body.append(...[...body.rows].sort(compare(index, direction)));
      show();
    });
  });
  filter.addEventListener('input', show);
  all.addEventListener('click', () => {
    expanded = true;
    show();
  });

  function field(cell) {
    const parts = [...cell.querySelectorAll('[data-part]')].map((part) => part.textContent);
    const words = (parts.length > 0 ? parts.join('; ') : cell.textContent).trim();
    // 12,345 is a figure to people, and a text to most spreadsheets.
    const text = /^\d{1,3}(,\d{3})+$/.test(words) ? words.replaceAll(',', '') : words;
    // A spreadsheet would run text that starts like a formula.
    const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return `"${safe.replaceAll('"', '""')}"`;
  }

  box.querySelector('[data-download]').addEventListener('click', () => {
    const lines = [headers, ...[...body.rows].map((row) => [...row.cells])].map((cells) => cells.map(field).join(','));
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([`${lines.join('\r\n')}\r\n`], { type: 'text/csv' }));
    link.download = box.dataset.file;
    link.click();
    URL.revokeObjectURL(link.href);
  });
  box.querySelector('[data-tools]').hidden = false;
  show();
}
