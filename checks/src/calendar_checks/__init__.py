"""Release files of Calendar's packages: wheels, executables, licences, bills of materials."""
