<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en_US">
<context>
    <name>AcceptDialog</name>
    <message numerus="yes">
        <source>Accept %Ln VM(s) as known to be good</source>
        <translation>
            <numerusform>Accept %Ln VM as known to be good</numerusform>
            <numerusform>Accept %Ln VMs as known to be good</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>AcknowledgeDialog</name>
    <message numerus="yes">
        <source>Acknowledge %Ln finding(s)</source>
        <translation>
            <numerusform>Acknowledge %Ln finding</numerusform>
            <numerusform>Acknowledge %Ln findings</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Changes</name>
    <message numerus="yes">
        <source>%Ln change(s)</source>
        <translation>
            <numerusform>%Ln change</numerusform>
            <numerusform>%Ln changes</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ChangesPane</name>
    <message numerus="yes">
        <source>%Ln change(s)</source>
        <translation>
            <numerusform>%Ln change</numerusform>
            <numerusform>%Ln changes</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ComparisonPane</name>
    <message numerus="yes">
        <source>%Ln difference(s)</source>
        <translation>
            <numerusform>%Ln difference</numerusform>
            <numerusform>%Ln differences</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ComparisonWindow</name>
    <message numerus="yes">
        <source>%Ln propertie(s) one of the two cannot tell</source>
        <translation>
            <numerusform>%Ln property one of the two cannot tell</numerusform>
            <numerusform>%Ln properties one of the two cannot tell</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>CountdownBanner</name>
    <message numerus="yes">
        <source>{0} goes into quarantine in %Ln second(s)</source>
        <translation>
            <numerusform>{0} goes into quarantine in %Ln second</numerusform>
            <numerusform>{0} goes into quarantine in %Ln seconds</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>and %Ln more</source>
        <translation>
            <numerusform>and %Ln more</numerusform>
            <numerusform>and %Ln more</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Dashboard</name>
    <message numerus="yes">
        <source>%Ln urgent finding(s)</source>
        <translation>
            <numerusform>%Ln urgent finding</numerusform>
            <numerusform>%Ln urgent findings</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln VM(s)</source>
        <translation>
            <numerusform>%Ln VM</numerusform>
            <numerusform>%Ln VMs</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln policy file(s)</source>
        <translation>
            <numerusform>%Ln policy file</numerusform>
            <numerusform>%Ln policy files</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln failing judgement(s)</source>
        <translation>
            <numerusform>%Ln failing judgement</numerusform>
            <numerusform>%Ln failing judgements</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln judgement(s)</source>
        <translation>
            <numerusform>%Ln judgement</numerusform>
            <numerusform>%Ln judgements</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>of %Ln nobody can tell</source>
        <translation>
            <numerusform>of %Ln nobody can tell</numerusform>
            <numerusform>of %Ln nobody can tell</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Decisions</name>
    <message numerus="yes">
        <source>%Ln finding(s) acknowledged</source>
        <translation>
            <numerusform>%Ln finding acknowledged</numerusform>
            <numerusform>%Ln findings acknowledged</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Acknowledge %Ln finding(s)</source>
        <translation>
            <numerusform>Acknowledge %Ln finding</numerusform>
            <numerusform>Acknowledge %Ln findings</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln finding(s) no longer acknowledged</source>
        <translation>
            <numerusform>%Ln finding no longer acknowledged</numerusform>
            <numerusform>%Ln findings no longer acknowledged</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Take back %Ln acknowledgement(s)</source>
        <translation>
            <numerusform>Take back %Ln acknowledgement</numerusform>
            <numerusform>Take back %Ln acknowledgements</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln waiver(s) made</source>
        <translation>
            <numerusform>%Ln waiver made</numerusform>
            <numerusform>%Ln waivers made</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln waiver(s) ended</source>
        <translation>
            <numerusform>%Ln waiver ended</numerusform>
            <numerusform>%Ln waivers ended</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>End %Ln waiver(s)</source>
        <translation>
            <numerusform>End %Ln waiver</numerusform>
            <numerusform>End %Ln waivers</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln VM(s) known to be good as they are</source>
        <translation>
            <numerusform>%Ln VM known to be good as it is</numerusform>
            <numerusform>%Ln VMs known to be good as they are</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Descriptions</name>
    <message numerus="yes">
        <source>%Ln of them waived</source>
        <translation>
            <numerusform>%Ln of them waived</numerusform>
            <numerusform>%Ln of them waived</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Discoveries</name>
    <message numerus="yes">
        <source>%Ln record(s)</source>
        <translation>
            <numerusform>%Ln record</numerusform>
            <numerusform>%Ln records</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Drawing</name>
    <message numerus="yes">
        <source>%Ln host(s)</source>
        <translation>
            <numerusform>%Ln host</numerusform>
            <numerusform>%Ln hosts</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln VM(s)</source>
        <translation>
            <numerusform>%Ln VM</numerusform>
            <numerusform>%Ln VMs</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln network(s)</source>
        <translation>
            <numerusform>%Ln network</numerusform>
            <numerusform>%Ln networks</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln out of place</source>
        <translation>
            <numerusform>%Ln out of place</numerusform>
            <numerusform>%Ln out of place</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Editor</name>
    <message numerus="yes">
        <source>%Ln problem(s)</source>
        <translation>
            <numerusform>%Ln problem</numerusform>
            <numerusform>%Ln problems</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>EstateModel</name>
    <message numerus="yes">
        <source>%Ln in trouble below</source>
        <translation>
            <numerusform>%Ln in trouble below</numerusform>
            <numerusform>%Ln in trouble below</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln VM(s)</source>
        <translation>
            <numerusform>%Ln VM</numerusform>
            <numerusform>%Ln VMs</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ExplainDialog</name>
    <message numerus="yes">
        <source>{0}, came back %Ln time(s)</source>
        <translation>
            <numerusform>{0}, came back %Ln time</numerusform>
            <numerusform>{0}, came back %Ln times</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>FindingNews</name>
    <message numerus="yes">
        <source>%Ln new finding(s): {0}</source>
        <translation>
            <numerusform>%Ln new finding: {0}</numerusform>
            <numerusform>%Ln new findings: {0}</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>and %Ln more</source>
        <translation>
            <numerusform>and %Ln more</numerusform>
            <numerusform>and %Ln more</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>FindingWords</name>
    <message numerus="yes">
        <source>{0} · comes and goes, %Ln time(s)</source>
        <translation>
            <numerusform>{0} · comes and goes, %Ln time</numerusform>
            <numerusform>{0} · comes and goes, %Ln times</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>FindingsModel</name>
    <message numerus="yes">
        <source>%Ln finding(s)</source>
        <translation>
            <numerusform>%Ln finding</numerusform>
            <numerusform>%Ln findings</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>first seen {0}, came back %Ln time(s)</source>
        <translation>
            <numerusform>first seen {0}, came back %Ln time</numerusform>
            <numerusform>first seen {0}, came back %Ln times</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>FindingsPane</name>
    <message numerus="yes">
        <source>%Ln finding(s)</source>
        <translation>
            <numerusform>%Ln finding</numerusform>
            <numerusform>%Ln findings</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>FiringsChart</name>
    <message numerus="yes">
        <source>%Ln time(s)</source>
        <translation>
            <numerusform>%Ln time</numerusform>
            <numerusform>%Ln times</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>HistoryRows</name>
    <message numerus="yes">
        <source>%Ln year(s)</source>
        <translation>
            <numerusform>%Ln year</numerusform>
            <numerusform>%Ln years</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln day(s)</source>
        <translation>
            <numerusform>%Ln day</numerusform>
            <numerusform>%Ln days</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Lanes</name>
    <message numerus="yes">
        <source>%Ln finding(s) more</source>
        <translation>
            <numerusform>%Ln more finding</numerusform>
            <numerusform>%Ln more findings</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Library</name>
    <message numerus="yes">
        <source>%Ln problem(s)</source>
        <translation>
            <numerusform>%Ln problem</numerusform>
            <numerusform>%Ln problems</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln member(s)</source>
        <translation>
            <numerusform>%Ln member</numerusform>
            <numerusform>%Ln members</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>MachinePair</name>
    <message numerus="yes">
        <source>%Ln difference(s) to the gold image</source>
        <translation>
            <numerusform>%Ln difference to the gold image</numerusform>
            <numerusform>%Ln differences to the gold image</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message numerus="yes">
        <source>%Ln match(es)</source>
        <translation>
            <numerusform>%Ln match</numerusform>
            <numerusform>%Ln matches</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>MomentPair</name>
    <message numerus="yes">
        <source>%Ln VM(s) changed</source>
        <translation>
            <numerusform>%Ln VM changed</numerusform>
            <numerusform>%Ln VMs changed</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln VM(s) came</source>
        <translation>
            <numerusform>%Ln VM came</numerusform>
            <numerusform>%Ln VMs came</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln VM(s) went</source>
        <translation>
            <numerusform>%Ln VM went</numerusform>
            <numerusform>%Ln VMs went</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln finding(s) opened</source>
        <translation>
            <numerusform>%Ln finding opened</numerusform>
            <numerusform>%Ln findings opened</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln finding(s) resolved</source>
        <translation>
            <numerusform>%Ln finding resolved</numerusform>
            <numerusform>%Ln findings resolved</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln policy document(s) differ</source>
        <translation>
            <numerusform>%Ln policy document differ</numerusform>
            <numerusform>%Ln policy documents differ</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln quarantine(s) moved on</source>
        <translation>
            <numerusform>%Ln quarantine moved on</numerusform>
            <numerusform>%Ln quarantines moved on</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>News</name>
    <message numerus="yes">
        <source>and %Ln more</source>
        <translation>
            <numerusform>and %Ln more</numerusform>
            <numerusform>and %Ln more</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln message(s)</source>
        <translation>
            <numerusform>%Ln message</numerusform>
            <numerusform>%Ln messages</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Nothing</name>
    <message numerus="yes">
        <source>%Ln policy file(s)</source>
        <translation>
            <numerusform>%Ln policy file</numerusform>
            <numerusform>%Ln policy files</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>of %Ln nobody can tell</source>
        <translation>
            <numerusform>of %Ln nobody can tell</numerusform>
            <numerusform>of %Ln nobody can tell</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>OutputWords</name>
    <message numerus="yes">
        <source>%Ln line(s) wait on disk</source>
        <translation>
            <numerusform>%Ln line waits on disk</numerusform>
            <numerusform>%Ln lines wait on disk</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln since the engine started.</source>
        <translation>
            <numerusform>%Ln since the engine started.</numerusform>
            <numerusform>%Ln since the engine started.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln line(s) it refused for good.</source>
        <translation>
            <numerusform>%Ln line it refused for good.</numerusform>
            <numerusform>%Ln lines it refused for good.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>OutputsDialog</name>
    <message numerus="yes">
        <source>%Ln line(s) that wait for it are given up</source>
        <translation>
            <numerusform>%Ln line that waits for it is given up</numerusform>
            <numerusform>%Ln lines that wait for it are given up</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>PaneWindow</name>
    <message numerus="yes">
        <source>%Ln selected</source>
        <translation>
            <numerusform>%Ln selected</numerusform>
            <numerusform>%Ln selected</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>PolicyWindow</name>
    <message numerus="yes">
        <source>Changes of %Ln document(s) are not saved.</source>
        <translation>
            <numerusform>Changes of %Ln document are not saved.</numerusform>
            <numerusform>Changes of %Ln documents are not saved.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>PreviewPane</name>
    <message numerus="yes">
        <source>%Ln VM(s) would join</source>
        <translation>
            <numerusform>%Ln VM would join</numerusform>
            <numerusform>%Ln VMs would join</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln VM(s) would leave</source>
        <translation>
            <numerusform>%Ln VM would leave</numerusform>
            <numerusform>%Ln VMs would leave</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln VM(s) would fail in all</source>
        <translation>
            <numerusform>%Ln VM would fail in all</numerusform>
            <numerusform>%Ln VMs would fail in all</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>of %Ln VM(s) nobody could tell</source>
        <translation>
            <numerusform>of %Ln VM nobody could tell</numerusform>
            <numerusform>of %Ln VMs nobody could tell</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>and %Ln more</source>
        <translation>
            <numerusform>and %Ln more</numerusform>
            <numerusform>and %Ln more</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Pulse</name>
    <message numerus="yes">
        <source>%Ln host(s)</source>
        <translation>
            <numerusform>%Ln host</numerusform>
            <numerusform>%Ln hosts</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln VM(s)</source>
        <translation>
            <numerusform>%Ln VM</numerusform>
            <numerusform>%Ln VMs</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln connection(s)</source>
        <translation>
            <numerusform>%Ln connection</numerusform>
            <numerusform>%Ln connections</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln finding(s)</source>
        <translation>
            <numerusform>%Ln finding</numerusform>
            <numerusform>%Ln findings</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>of %Ln judgement(s) nobody can tell</source>
        <translation>
            <numerusform>of %Ln judgement nobody can tell</numerusform>
            <numerusform>of %Ln judgements nobody can tell</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>QuarantineDialog</name>
    <message numerus="yes">
        <source>%Ln network card(s)</source>
        <translation>
            <numerusform>%Ln network card</numerusform>
            <numerusform>%Ln network cards</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln VM(s) in quarantine already</source>
        <translation>
            <numerusform>%Ln VM in quarantine already</numerusform>
            <numerusform>%Ln VMs in quarantine already</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>QuarantineSeveralDialog</name>
    <message numerus="yes">
        <source>Quarantine %Ln VM(s)</source>
        <translation>
            <numerusform>Quarantine %Ln VM</numerusform>
            <numerusform>Quarantine %Ln VMs</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Plan a quarantine of %Ln VM(s)</source>
        <translation>
            <numerusform>Plan a quarantine of %Ln VM</numerusform>
            <numerusform>Plan a quarantine of %Ln VMs</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>All %Ln of them are meant</source>
        <translation>
            <numerusform>This one is meant</numerusform>
            <numerusform>All %Ln of them are meant</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln VM(s)</source>
        <translation>
            <numerusform>%Ln VM</numerusform>
            <numerusform>%Ln VMs</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln network card(s)</source>
        <translation>
            <numerusform>%Ln network card</numerusform>
            <numerusform>%Ln network cards</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln of them running</source>
        <translation>
            <numerusform>%Ln of them running</numerusform>
            <numerusform>%Ln of them running</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln VM(s) in quarantine already</source>
        <translation>
            <numerusform>%Ln VM in quarantine already</numerusform>
            <numerusform>%Ln VMs in quarantine already</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>and %Ln more</source>
        <translation>
            <numerusform>and %Ln more</numerusform>
            <numerusform>and %Ln more</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>of %Ln it cannot be done</source>
        <translation>
            <numerusform>of %Ln it cannot be done</numerusform>
            <numerusform>of %Ln it cannot be done</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln left out</source>
        <translation>
            <numerusform>%Ln left out</numerusform>
            <numerusform>%Ln left out</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>QuarantineView</name>
    <message numerus="yes">
        <source>%Ln time(s)</source>
        <translation>
            <numerusform>%Ln time</numerusform>
            <numerusform>%Ln times</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ReleaseSeveralDialog</name>
    <message numerus="yes">
        <source>Release %Ln VM(s)</source>
        <translation>
            <numerusform>Release %Ln VM</numerusform>
            <numerusform>Release %Ln VMs</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Look whether %Ln VM(s) can be given back</source>
        <translation>
            <numerusform>Look whether %Ln VM can be given back</numerusform>
            <numerusform>Look whether %Ln VMs can be given back</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln as it was, exactly</source>
        <translation>
            <numerusform>%Ln as it was, exactly</numerusform>
            <numerusform>%Ln as it was, exactly</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln as chosen for those that were changed</source>
        <translation>
            <numerusform>%Ln as chosen for those that were changed</numerusform>
            <numerusform>%Ln as chosen for those that were changed</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln stay(s) in quarantine</source>
        <translation>
            <numerusform>%Ln stays in quarantine</numerusform>
            <numerusform>%Ln stay in quarantine</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ReplayPane</name>
    <message numerus="yes">
        <source>%Ln time(s)</source>
        <translation>
            <numerusform>%Ln time</numerusform>
            <numerusform>%Ln times</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln VM(s)</source>
        <translation>
            <numerusform>%Ln VM</numerusform>
            <numerusform>%Ln VMs</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln VM(s) would have been quarantined.</source>
        <translation>
            <numerusform>%Ln VM would have been quarantined.</numerusform>
            <numerusform>%Ln VMs would have been quarantined.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Of %Ln VM(s) a person would have been asked.</source>
        <translation>
            <numerusform>Of %Ln VM a person would have been asked.</numerusform>
            <numerusform>Of %Ln VMs a person would have been asked.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln time(s) it was so already when that began.</source>
        <translation>
            <numerusform>%Ln time it was so already when that began.</numerusform>
            <numerusform>%Ln times it was so already when that began.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Of %Ln more VM(s) nobody could tell.</source>
        <translation>
            <numerusform>Of %Ln more VM nobody could tell.</numerusform>
            <numerusform>Of %Ln more VMs nobody could tell.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>The past of %Ln thing(s) cannot be told from the changes.</source>
        <translation>
            <numerusform>The past of %Ln thing cannot be told from the changes.</numerusform>
            <numerusform>The past of %Ln things cannot be told from the changes.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ReviewBanner</name>
    <message numerus="yes">
        <source>%Ln thing(s) it cannot tell</source>
        <translation>
            <numerusform>%Ln thing it cannot tell</numerusform>
            <numerusform>%Ln things it cannot tell</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>RoundWords</name>
    <message numerus="yes">
        <source>%Ln guest(s) wait</source>
        <translation>
            <numerusform>%Ln guest waits</numerusform>
            <numerusform>%Ln guests wait</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln guest(s)</source>
        <translation>
            <numerusform>%Ln guest</numerusform>
            <numerusform>%Ln guests</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ScopeChoice</name>
    <message numerus="yes">
        <source>Everything: %Ln VM(s)</source>
        <translation>
            <numerusform>Everything: %Ln VM</numerusform>
            <numerusform>Everything: %Ln VMs</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>What the search finds: %Ln VM(s)</source>
        <translation>
            <numerusform>What the search finds: %Ln VM</numerusform>
            <numerusform>What the search finds: %Ln VMs</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>The selection: %Ln VM(s)</source>
        <translation>
            <numerusform>The selection: %Ln VM</numerusform>
            <numerusform>The selection: %Ln VMs</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>SensorPart</name>
    <message numerus="yes">
        <source>Listening. %Ln alert(s) of VMs since the engine started</source>
        <translation>
            <numerusform>Listening. %Ln alert of VMs since the engine started</numerusform>
            <numerusform>Listening. %Ln alerts of VMs since the engine started</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln alert(s) of no VM that is known</source>
        <translation>
            <numerusform>%Ln alert of no VM that is known</numerusform>
            <numerusform>%Ln alerts of no VM that is known</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln line(s) that could not be read</source>
        <translation>
            <numerusform>%Ln line that could not be read</numerusform>
            <numerusform>%Ln lines that could not be read</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>SeveralDialog</name>
    <message numerus="yes">
        <source>%Ln refused</source>
        <translation>
            <numerusform>%Ln refused</numerusform>
            <numerusform>%Ln refused</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln not begun</source>
        <translation>
            <numerusform>%Ln not begun</numerusform>
            <numerusform>%Ln not begun</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln still to come</source>
        <translation>
            <numerusform>%Ln still to come</numerusform>
            <numerusform>%Ln still to come</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>StandingRow</name>
    <message numerus="yes">
        <source>%Ln day(s)</source>
        <translation>
            <numerusform>%Ln day</numerusform>
            <numerusform>%Ln days</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln change(s)</source>
        <translation>
            <numerusform>%Ln change</numerusform>
            <numerusform>%Ln changes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln past state(s)</source>
        <translation>
            <numerusform>%Ln past state</numerusform>
            <numerusform>%Ln past states</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Strip</name>
    <message numerus="yes">
        <source>%Ln change(s)</source>
        <translation>
            <numerusform>%Ln change</numerusform>
            <numerusform>%Ln changes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln finding(s) opened</source>
        <translation>
            <numerusform>%Ln finding opened</numerusform>
            <numerusform>%Ln findings opened</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln finding(s) resolved</source>
        <translation>
            <numerusform>%Ln finding resolved</numerusform>
            <numerusform>%Ln findings resolved</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Telling</name>
    <message numerus="yes">
        <source>%Ln host(s)</source>
        <translation>
            <numerusform>%Ln host</numerusform>
            <numerusform>%Ln hosts</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln network(s)</source>
        <translation>
            <numerusform>%Ln network</numerusform>
            <numerusform>%Ln networks</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln VM(s)</source>
        <translation>
            <numerusform>%Ln VM</numerusform>
            <numerusform>%Ln VMs</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln out of place</source>
        <translation>
            <numerusform>%Ln out of place</numerusform>
            <numerusform>%Ln out of place</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Tiles</name>
    <message numerus="yes">
        <source>%Ln VM(s)</source>
        <translation>
            <numerusform>%Ln VM</numerusform>
            <numerusform>%Ln VMs</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln more switch(es)</source>
        <translation>
            <numerusform>%Ln more switch</numerusform>
            <numerusform>%Ln more switches</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>TopologyView</name>
    <message numerus="yes">
        <source>%Ln connection(s)</source>
        <translation>
            <numerusform>%Ln connection</numerusform>
            <numerusform>%Ln connections</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln out of place</source>
        <translation>
            <numerusform>%Ln out of place</numerusform>
            <numerusform>%Ln out of place</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>VmSummary</name>
    <message numerus="yes">
        <source>%Ln snapshot(s)</source>
        <translation>
            <numerusform>%Ln snapshot</numerusform>
            <numerusform>%Ln snapshots</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln device(s)</source>
        <translation>
            <numerusform>%Ln device</numerusform>
            <numerusform>%Ln devices</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>VmTable</name>
    <message numerus="yes">
        <source>%Ln VM(s)</source>
        <translation>
            <numerusform>%Ln VM</numerusform>
            <numerusform>%Ln VMs</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln selected</source>
        <translation>
            <numerusform>%Ln selected</numerusform>
            <numerusform>%Ln selected</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln line(s) exported to {0}</source>
        <translation>
            <numerusform>%Ln line exported to {0}</numerusform>
            <numerusform>%Ln lines exported to {0}</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>WaiveDialog</name>
    <message numerus="yes">
        <source>Waive %Ln finding(s)</source>
        <translation>
            <numerusform>Waive %Ln finding</numerusform>
            <numerusform>Waive %Ln findings</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Ends in %Ln day(s)</source>
        <translation>
            <numerusform>Ends in %Ln day</numerusform>
            <numerusform>Ends in %Ln days</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>each of %Ln VM(s)</source>
        <translation>
            <numerusform>each of %Ln VM</numerusform>
            <numerusform>each of %Ln VMs</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>each of %Ln rule(s)</source>
        <translation>
            <numerusform>each of %Ln rule</numerusform>
            <numerusform>each of %Ln rules</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Until then nobody is asked about %Ln open finding(s).</source>
        <translation>
            <numerusform>Until then nobody is asked about %Ln open finding.</numerusform>
            <numerusform>Until then nobody is asked about %Ln open findings.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Wording</name>
    <message numerus="yes">
        <source>%Ln second(s) ago</source>
        <translation>
            <numerusform>%Ln second ago</numerusform>
            <numerusform>%Ln seconds ago</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln minute(s) ago</source>
        <translation>
            <numerusform>%Ln minute ago</numerusform>
            <numerusform>%Ln minutes ago</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln hour(s) ago</source>
        <translation>
            <numerusform>%Ln hour ago</numerusform>
            <numerusform>%Ln hours ago</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln day(s) ago</source>
        <translation>
            <numerusform>%Ln day ago</numerusform>
            <numerusform>%Ln days ago</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln VM(s)</source>
        <translation>
            <numerusform>%Ln VM</numerusform>
            <numerusform>%Ln VMs</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln host(s)</source>
        <translation>
            <numerusform>%Ln host</numerusform>
            <numerusform>%Ln hosts</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln network(s)</source>
        <translation>
            <numerusform>%Ln network</numerusform>
            <numerusform>%Ln networks</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln datastore(s)</source>
        <translation>
            <numerusform>%Ln datastore</numerusform>
            <numerusform>%Ln datastores</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln cluster(s)</source>
        <translation>
            <numerusform>%Ln cluster</numerusform>
            <numerusform>%Ln clusters</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln datacenter(s)</source>
        <translation>
            <numerusform>%Ln datacenter</numerusform>
            <numerusform>%Ln datacenters</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln connection(s)</source>
        <translation>
            <numerusform>%Ln connection</numerusform>
            <numerusform>%Ln connections</numerusform>
        </translation>
    </message>
</context>
</TS>
