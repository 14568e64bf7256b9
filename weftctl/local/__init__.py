"""The local runtime: the packaged application on an embedded AWS, on this machine, behind one port.

Layer: tools; never shipped to Lambda.

    emulator       MiniStack as a child process that cannot outlive us
    emulator_main  what runs in that process
    differences    every place where the emulator is not AWS, each with its reason
    deployment     the artefact of the stage ``local``, deployed to the emulator by CloudFormation
    proxy          one port for REST and WebSocket
    stack          all of it: ``EmbeddedAws``
    workers        the processes that run the functions, to look at and to kill
    running        who holds a folder of state, so that it is held once
    dev, up, down, demo, install
                   what people start

Nothing is imported here, so that what starts often starts fast.
"""
