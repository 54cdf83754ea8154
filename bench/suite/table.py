"""The results as a table for people, in Markdown that reads well as it stands."""

from __future__ import annotations

from typing import Any, Sequence

Line = Sequence[str]


def grid(head: Line, lines: Sequence[Line]) -> str:
    widths = [max(len(line[column]) for line in [head, *lines]) for column in range(len(head))]

    def show(line: Line) -> str:
        cells = [line[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:]))]
        return "| " + " | ".join(cells) + " |"

    rule = "| " + " | ".join(["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]) + " |"
    return "\n".join([show(head), rule, *map(show, lines)])


def _maybe(value: float | None, form: str) -> str:
    return "-" if value is None else form.format(value)


def floor_table(floor: dict[str, float]) -> str:
    head = ("floor", "SHA-256", "AES-128-GCM", "copy", "write", "MD5 / 5", "key hash")
    names = ("sha256", "aes_128_gcm", "copy", "write")
    cells = [f"{floor[name]:.3f}" for name in names] + [f"{floor['md5'] / 5:.3f}", f"{floor['key_hash']:.0f}"]
    return grid(head, [("ns per byte; the last in ns", *cells)])


def rows_table(rows: Sequence[dict[str, Any]]) -> str:
    base = next((row["cpu_us_per_record"] for row in rows if row["row"] == "base"), None)
    head = (
        "row", "records/s", "MB/s", "CPU us/record", "floor us", "x floor", "x base", "user/Kinesis", "KB/request",
        "peak MB", "allocs/record", "nothing us", "nothing MB", "server busy", "",
    )  # fmt: skip
    lines = [
        (
            row["row"],
            f"{row['records_per_second']:,.0f}",
            f"{row['megabytes_per_second']:,.0f}",
            f"{row['cpu_us_per_record']:.3f}",
            f"{row['floor_us_per_record']:.3f}",
            f"{row['floors']:.2f}",
            "-" if base is None else f"{row['cpu_us_per_record'] / base:.2f}",
            f"{row['user_records_per_kinesis_record']:.1f}",
            f"{row['bytes_per_request'] / 1e3:,.0f}",
            _maybe(row["peak_rss"] and row["peak_rss"] / 1e6, "{:.0f}"),
            _maybe(row["allocations_per_record"], "{:.4f}"),
            f"{row['nothing_us_per_record']:.3f}",
            f"{row['nothing_peak_rss'] / 1e6:.0f}",
            f"{row['server_busy']:.0%}",
            f"BAD: {row['bad']}" if row["bad"] else "",
        )
        for row in rows
    ]
    return grid(head, lines)


def latency_table(latencies: Sequence[dict[str, Any]]) -> str:
    head = (
        "put to outcome, ms", "p50", "p99", "p99.9", "buffering", "answer p50", "p99 beyond both", "requests/s",
        "Kinesis records/s", "CPU of a core", "pacing alone", "CPU less pacing", "",
    )  # fmt: skip
    lines = [
        (
            f"{one['records_per_second']:,.0f} records/s",
            *(f"{one['latency_ms'][name]:.1f}" for name in ("p50", "p99", "p999")),
            f"{one['buffering_ms']:.0f}",
            f"{one['answer_ms']:.2f}",
            f"{one['p99_beyond_ms']:.2f}",
            f"{one['requests_per_second']:.1f}",
            f"{one['kinesis_records_per_second']:.1f}",
            *(f"{one[name]:.2%}" for name in ("cpu_of_core", "pacing_cpu_of_core", "cpu_less_pacing")),
            f"BAD: {one['bad']}" if one["bad"] else "",
        )
        for one in latencies
    ]
    return grid(head, lines)


def idle_table(idle: dict[str, Any]) -> str:
    head = ("idle", "CPU of a core", "wake-ups/s", "RSS MB", "bare client MB", "beyond it MB")
    cells = [f"{idle[name] / 1e6:.1f}" for name in ("rss", "bare_client_rss", "rss_beyond")]
    word = idle["bad"] or "nothing outstanding"
    return grid(head, [(word, f"{idle['cpu_of_core']:.4%}", f"{idle['wake_ups_per_second']:.2f}", *cells)])


def memory_table(memory: dict[str, Any]) -> str:
    head = ("outstanding, bytes per record", "RSS", "data and key", "beyond")
    names = ("rss_per_record", "user_bytes_per_record", "beyond_per_record")
    return grid(head, [(memory["bad"] or "200,000 to 1,000,000", *(f"{memory[name]:.1f}" for name in names))])


def peers_table(results: dict[str, Any]) -> str:
    """Beside each, how many times the CPU of our own base row it takes."""
    ours = [row for row in results["rows"] if row["row"] in ("base", "plain")]
    lines = []
    for one in [*ours, *results["peers"]]:
        ratios = [one["cpu_us_per_record"] / own["cpu_us_per_record"] for own in ours]
        lines.append(
            (
                one["words"] if "peer" in one else f"ours: {one['row']}",
                f"{one['records_per_second']:,.0f}",
                f"{one['cpu_us_per_record']:.3f}",
                *(f"{ratio:.2f}" for ratio in ratios),
                f"{one['peak_rss'] / 1e6:.0f}",
                f"BAD: {one['bad']}" if one["bad"] else "",
            )
        )
    head = ("peer", "records/s", "CPU us/record", *(f"x ours, {own['row']}" for own in ours), "peak MB", "")
    return grid(head, lines)


def micro_table(micro: Sequence[dict[str, Any]]) -> str:
    lines = [
        (
            one["name"],
            f"{one['ns']:,.0f}",
            _maybe(one.get("ns_per_item"), "{:.1f}"),
            _maybe(one.get("ns_per_byte"), "{:.3f}"),
        )
        for one in micro
    ]
    return grid(("part, ns of CPU", "a call", "an item", "a byte"), lines)


def program_table(program: dict[str, Any]) -> str:
    head = ("program", "records/s", "CPU us/record", "user/Kinesis", "KB/request")
    cells = (
        f"{program['records_per_second']:,.0f}",
        f"{program['cpu_us_per_record']:.3f}",
        f"{program['user_records_per_kinesis_record']:.1f}",
        f"{program['bytes_per_request'] / 1e3:,.0f}",
    )
    return grid(head, [("aiokpl put, lines of 200 bytes, no keys, TLS", *cells)])


def goals_table(goals: Sequence[dict[str, Any]]) -> str:
    lines = [(goal["goal"], goal["reach"], goal["found"], "yes" if goal["reached"] else "NO") for goal in goals]
    return grid(("figure", "reach", "found", "reached"), lines)


def whole_table(results: dict[str, Any]) -> str:
    parts = [f"{results['machine']['cpu']}, {results['machine']['cores']} cores; {results['command']}"]
    if "floor" in results:
        parts.append(floor_table(results["floor"]))
    if results.get("rows"):
        parts.append(rows_table(results["rows"]))
        parts.append("\n".join(f"- {row['row']}: {row['words']}" for row in results["rows"]))
    if results.get("latency"):
        parts.append(latency_table(results["latency"]))
    if "idle" in results:
        parts.append(idle_table(results["idle"]))
    if "memory" in results:
        parts.append(memory_table(results["memory"]))
    if "program" in results:
        parts.append(program_table(results["program"]))
    if results.get("micro"):
        parts.append(micro_table(results["micro"]))
    if results.get("peers"):
        parts.append(peers_table(results))
    if results.get("goals"):
        parts.append(goals_table(results["goals"]))
    parts.extend(f"({word})" for word in [*results["left_out"], *results.get("skipped", [])])
    return "\n\n".join(parts) + "\n"
