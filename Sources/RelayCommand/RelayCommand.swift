internal import ArgumentParser

@main struct RelayCommand { static func main() {} }
