"""Asks Netflix's service-capacity-modeling what it would provision. One JSON document on stdin, one on stdout.

In:  {"region": str, "questions": [{"id", "model", "readsPerSecond", "writesPerSecond", "readBytes", "writeBytes",
      "stateGiB", "arguments": {...}, "cpuMs": {"read", "write"} or null}]}
Out: {"version": str, "answers": [{"id", "nodes", "instance", "vcpus", "memoryGiB", "localDiskGiB", "attachedGiB",
      "usdPerMonth", "usdPerMonthInAll", "neededCores"} or {"id", "none": why}]}

Everything that a question leaves out is the package's default for that model. Prices are the package's own.
"""
import json
import sys
from collections import Counter
from importlib.metadata import version

from service_capacity_modeling.capacity_planner import planner
from service_capacity_modeling.interface import CapacityDesires, DataShape, QueryPattern, certain_float



def desires_of(question):
    query = {
        "estimated_read_per_second": certain_float(question["readsPerSecond"]),
        "estimated_write_per_second": certain_float(question["writesPerSecond"]),
        "estimated_mean_read_size_bytes": certain_float(question["readBytes"]),
        "estimated_mean_write_size_bytes": certain_float(question["writeBytes"]),
    }
    if question.get("cpuMs"):
        query["estimated_mean_read_latency_ms"] = certain_float(question["cpuMs"]["read"])
        query["estimated_mean_write_latency_ms"] = certain_float(question["cpuMs"]["write"])
    shape = {}
    if question.get("stateGiB"):
        shape["estimated_state_size_gib"] = certain_float(question["stateGiB"])
    return CapacityDesires(service_tier=1, query_pattern=QueryPattern(**query), data_shape=DataShape(**shape))


def answer(question, region):
    explained = planner.plan_certain_explained(
        model_name=question["model"],
        region=region,
        desires=desires_of(question),
        num_results=1,
        num_regions=1,
        extra_model_arguments=question["arguments"],
    )
    if not explained.plans:
        reasons = Counter(one.reason for many in explained.excuses_by_model.values() for one in many)
        why = "; ".join(reason for reason, _ in reasons.most_common(2))
        return {"id": question["id"], "none": why or "no shape fits, and it gives no reason"}
    plan = explained.plans[0]
    clusters = [*plan.candidate_clusters.zonal, *plan.candidate_clusters.regional]
    needs = [*plan.requirements.zonal, *plan.requirements.regional]
    first = clusters[0]
    drive = first.instance.drive
    return {
        "id": question["id"],
        "nodes": sum(cluster.count for cluster in clusters),
        "instance": first.instance.name,
        "vcpus": first.instance.cpu,
        "memoryGiB": first.instance.ram_gib,
        "localDiskGiB": drive.size_gib if drive is not None else 0,
        "attachedGiB": sum(attached.size_gib for attached in first.attached_drives),
        # Machines and their disks; what else it counts (backups, traffic between zones) stands beside it.
        "usdPerMonth": sum(float(cluster.annual_cost) for cluster in clusters) / 12,
        "usdPerMonthInAll": float(plan.candidate_clusters.total_annual_cost) / 12,
        "neededCores": sum(need.cpu_cores.mid for need in needs),
    }


def main():
    asked = json.load(sys.stdin)
    answers = [answer(question, asked["region"]) for question in asked["questions"]]
    json.dump({"version": version("service-capacity-modeling"), "answers": answers}, sys.stdout)


main()
