#!/usr/bin/env bash
# A SLURM cluster of one node, on this machine, for tests. As root: cluster.sh start FOLDER | cluster.sh stop FOLDER
#
# Needs Debian's packages slurm-wlm and munge. The cluster listens on the loopback address alone, has two GPUs that are
# none (/dev/null, /dev/zero), kills jobs that use more memory than they asked for, and keeps everything in FOLDER. To use it:
#
#     export SLURM_CONF=FOLDER/slurm.conf PATH=FOLDER/bin:$PATH
set -euo pipefail

folder=$(realpath -m "$2")
node=$(hostname -s)
port=${SLURM_TEST_PORT:-16817}

start() {
    mkdir -p "$folder"/{controller,node,munge,bin}
    chmod 711 "$folder" "$folder/munge"
    dd if=/dev/urandom of="$folder/munge.key" bs=1024 count=1 status=none
    chmod 600 "$folder/munge.key"
    # Snakemake's job step removes SLURM_CONF from the environment; on a real cluster the file is in /etc/slurm.
    printf '#!/bin/sh\nSLURM_CONF=%s exec /usr/bin/srun "$@"\n' "$folder/slurm.conf" > "$folder/bin/srun"
    chmod +x "$folder/bin/srun"
    # Not nproc, which answers OMP_NUM_THREADS where that is set: jobs of more processors would wait for ever.
    cat > "$folder/slurm.conf" <<CONF
ClusterName=test
SlurmctldHost=$node(127.0.0.1)
SlurmUser=root
SlurmctldPort=$port
SlurmdPort=$((port + 1))
AuthType=auth/munge
AuthInfo=socket=$folder/munge/socket
CredType=cred/munge
StateSaveLocation=$folder/controller
SlurmdSpoolDir=$folder/node
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
JobCompType=jobcomp/filetxt
JobCompLoc=$folder/finished_jobs.txt
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SchedulerParameters=sched_min_interval=0,batch_sched_delay=0
ReturnToService=2
MpiDefault=none
MinJobAge=3600
KillWait=2
GresTypes=gpu
NodeName=$node NodeAddr=127.0.0.1 CPUs=$(getconf _NPROCESSORS_ONLN) RealMemory=$(awk '/MemTotal/ {print int($2 / 1024 * 0.9)}' /proc/meminfo) Gres=gpu:2 State=UNKNOWN
PartitionName=main Nodes=$node Default=YES MaxTime=240 State=UP
CONF
    printf "NodeName=$node Name=gpu File=%s\n" /dev/null /dev/zero > "$folder/gres.conf"
    export SLURM_CONF=$folder/slurm.conf
    munged --force --key-file="$folder/munge.key" --socket="$folder/munge/socket" --pid-file="$folder/munged.pid" \
        --log-file="$folder/munged.log" --seed-file="$folder/munge.seed"
    slurmctld -c
    slurmd -c
    for _ in $(seq 200); do
        if [ "$(sinfo --noheader --format=%T 2> /dev/null)" = idle ]; then return; fi
        sleep 0.1
    done
    tail -n 5 "$folder"/*.log >&2
    return 1
}

stop() {
    SLURM_CONF=$folder/slurm.conf scancel --user=root 2> /dev/null || true
    for daemon in slurmd slurmctld munged; do
        pid=$(cat "$folder/$daemon.pid" 2> /dev/null) || continue
        kill "$pid" 2> /dev/null || continue
        for _ in $(seq 100); do
            kill -0 "$pid" 2> /dev/null || break
            sleep 0.1
        done
    done
}

"$1"
